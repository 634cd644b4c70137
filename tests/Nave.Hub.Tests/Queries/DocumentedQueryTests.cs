using System.Text.Json;

namespace Nave.Hub.Queries.Tests;

/// <summary>Every query of Azure's documentation of the language, run over rows like its own.</summary>
public sealed class DocumentedQueryTests
{
    private const string Us = """
        {"deviceId":"d1","etag":"AAAAAAAAAAc=","status":"enabled","connectionState":"Disconnected","lastActivityTime":"2021-05-07T00:50:38Z",
         "version":2,"tags":{"location":{"region":"US","plant":"Redmond43"}},
         "properties":{"desired":{"telemetryConfig":{"configId":"db","sendFrequencyInSecs":300},"$metadata":{},"$version":4},
         "reported":{"connectivity":"wifi","telemetryConfig":{"configId":"db","sendFrequencyInSecs":300,"status":"Success"},"$metadata":{},"$version":7}}}
        """;

    private const string It = """
        {"deviceId":"d2","status":"enabled","connectionState":"Connected","lastActivityTime":"2022-01-01T00:00:00Z","tags":{"location":{"region":"IT"}},
         "properties":{"desired":{"$version":1},"reported":{"connectivity":{"type":"cellular"},"telemetryConfig":{"sendFrequencyInSecs":30,"status":"Pending"},"$version":1}}}
        """;

    private const string Bare = """
        {"deviceId":"d3","status":"disabled","connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z",
         "properties":{"desired":{"$version":1},"reported":{"telemetryConfig":{"status":"Success"},"$version":1}}}
        """;

    public static TheoryData<string, string> Twins => new()
    {
        { "SELECT * FROM devices", "d1 d2 d3" },
        { "SELECT * FROM devices WHERE tags.location.region = 'US'", "d1" },
        { "SELECT * FROM devices\n  WHERE tags.location.region = 'US'\n    AND properties.reported.telemetryConfig.sendFrequencyInSecs >= 60", "d1" },
        { "SELECT * FROM devices WHERE properties.reported.connectivity IN ['wired', 'wifi']", "d1" },
        { "SELECT * FROM devices WHERE is_defined(properties.reported.connectivity)", "d1 d2" },
        { "Select * from devices.modules where properties.reported.telemetryConfig.status = 'Pending'", "d2" },
        { "Select * from devices.modules \n  where properties.reported.telemetryConfig.status = 'Success' \n  and deviceId IN ['d1', 'd2']", "d1" },
        { "select * from devices where configurations.[[my config]].status = 'Applied'", "" },
        { "SELECT * FROM devices WHERE properties.desired.$version > 3", "d1" },
        { "SELECT * FROM devices WHERE devices.tags.location.plant = \"Redmond43\"", "d1" },
        { "SELECT * FROM devices WHERE properties.desired.telemetryConfig.configId = properties.reported.telemetryConfig.configId", "d1" },
        { "SELECT * FROM devices WHERE properties.desired.telemetryConfig = properties.reported.telemetryConfig", "" },
    };

    public static TheoryData<string, string> Projections => new()
    {
        { "SELECT COUNT() as totalNumberOfDevices FROM devices", """[{"totalNumberOfDevices":3}]""" },
        {
            "SELECT properties.reported.telemetryConfig.status AS status,\n    COUNT() AS numberOfDevices\n  FROM devices\n  GROUP BY properties.reported.telemetryConfig.status",
            """[{"status":"Success","numberOfDevices":2},{"status":"Pending","numberOfDevices":1}]"""
        },
        {
            "SELECT DeviceId, LastActivityTime FROM devices WHERE status = 'enabled' AND connectionState = 'Disconnected'",
            """[{"deviceId":"d1","lastActivityTime":"2021-05-07T00:50:38Z"}]"""
        },
        { "SELECT LastActivityTime FROM devices WHERE status = 'disabled'", """[{"lastActivityTime":"0001-01-01T00:00:00Z"}]""" },
        {
            "SELECT TOP 1 tags.location.region, properties.reported.connectivity AS link FROM devices WHERE IS_OBJECT(properties.reported.connectivity)",
            """[{"region":"IT","link":{"type":"cellular"}}]"""
        },
        {
            "SELECT AVG(properties.reported.telemetryConfig.sendFrequencyInSecs) AS mean, SUM(properties.reported.telemetryConfig.sendFrequencyInSecs), "
                + "MIN(deviceId), MAX(properties.reported.telemetryConfig.sendFrequencyInSecs), COUNT(tags) AS tagged FROM devices",
            """[{"mean":165,"sum":330,"min":"d1","max":300,"tagged":2}]"""
        },
    };

    public static TheoryData<string> JobConditions => new()
    {
        "devices.jobs.deviceId = 'myDeviceId'",
        "devices.jobs.deviceId = 'myDeviceId' AND devices.jobs.jobType = 'scheduleUpdateTwin' AND devices.jobs.status = 'completed' "
            + "AND devices.jobs.createdTimeUtc > '2016-09-01'",
        "devices.jobs.jobId = 'myJobId'",
        "jobId = 'myJobId' AND IS_NULL(outcome.deviceMethodResponse)",
    };

    [Theory]
    [MemberData(nameof(Twins))]
    public async Task A_documented_condition_selects_the_rows_it_describes(string query, string expected)
    {
        var whole = await QueryRows.RunAsync(query, [Us, It, Bare]);
        using var rows = JsonDocument.Parse(whole.Page!.Json);
        Assert.Equal(expected, string.Join(' ', rows.RootElement.EnumerateArray().Select(row => row.GetProperty("deviceId").GetString())));
        Assert.Equal("Twin", whole.Page.ItemType);
    }

    [Theory]
    [MemberData(nameof(Projections))]
    public async Task A_documented_projection_gives_the_documented_columns(string query, string expected) =>
        Assert.Equal(expected, await QueryRows.ReadAsync(query, Us, It, Bare));

    [Theory]
    [MemberData(nameof(JobConditions))]
    public async Task A_documented_condition_on_jobs_finds_the_documented_job(string condition)
    {
        const string Job = """
            {"deviceId":"myDeviceId","jobId":"myJobId","jobType":"scheduleUpdateTwin","status":"completed","startTimeUtc":"2016-09-29T18:18:52.7418462",
             "createdDateTimeUtc":"2016-09-29T18:18:56.7787107Z","outcome":{"deviceMethodResponse":null}}
            """;
        var outcome = await QueryRows.RunAsync($"SELECT * FROM devices.jobs\n  WHERE {condition}", [Job, """{"deviceId":"other","jobId":"x"}"""]);
        Assert.Equal(1, outcome.Page!.Count);
        Assert.Equal("DeviceJob", outcome.Page.ItemType);
    }
}
