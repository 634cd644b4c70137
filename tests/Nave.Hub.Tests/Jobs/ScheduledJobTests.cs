using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Jobs;
using Nave.Testing;

namespace Nave.Hub.Tests.Jobs;

public sealed class ScheduledJobTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_twin_update_changes_every_device_that_meets_the_condition_and_no_other()
    {
        await using var test = await TestHub.OpenAsync();
        await CreateAsync(test, 700, i => i % 2 == 0 ? "rome" : "oslo");
        var job = await RunAsync(test, "update-1", TwinUpdate("tags.site = 'rome'"));
        Assert.Equal(JobStatus.Completed, job.Status);
        Assert.Equal((350, 350, 0, 0, 0), StatisticsOf(job));
        Assert.Equal(350, await CountAsync(test, "SELECT * FROM devices WHERE properties.desired.x = 1 AND tags.done = true"));
        Assert.Equal(350, await CountAsync(test, "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'update-1' AND devices.jobs.status = 'completed'"));
        Assert.Equal(0, await CountAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'update-1' AND status <> 'completed'"));
        Assert.Equal(0, await CountAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'update'"));

        using var row = JsonDocument.Parse(Assert.Single(await QueryAsync(test, "SELECT * FROM devices.jobs WHERE devices.jobs.deviceId = 'd0000' AND jobId IN ['none','update-1']")));
        Assert.Equal(
            ("d0000", "update-1", "scheduleUpdateTwin", "completed"),
            (Text(row, "deviceId"), Text(row, "jobId"), Text(row, "jobType"), Text(row, "status")));
        foreach (var time in (string[])["startTimeUtc", "endTimeUtc", "createdDateTimeUtc", "lastUpdatedDateTimeUtc"])
        {
            Assert.True(DateTimeOffset.TryParse(Text(row, time), CultureInfo.InvariantCulture, out _), time);
        }
    }

    [Fact]
    public async Task Modules_are_aimed_at_with_a_from()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("a");
        await test.CreateAsync("a", "m");
        await test.CreateAsync("a", "n");
        var job = await RunAsync(test, "modules", TwinUpdate("FROM devices.modules WHERE moduleId = 'm'"));
        Assert.Equal((1, 1, 0, 0, 0), StatisticsOf(job));
        Assert.Equal(["m"], (await QueryAsync(test, "SELECT moduleId FROM devices.modules WHERE properties.desired.x = 1")).Select(row => JsonDocument.Parse(row).RootElement.GetProperty("moduleId").GetString()));
    }

    [Fact]
    public async Task A_twin_with_another_etag_fails_alone()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("a");
        await test.CreateAsync("b");
        await test.Hub.Twins.PatchAsync(new("b"), """{"tags":{"t":1}}"""u8.ToArray(), null, Cancellation);
        var job = await RunAsync(test, "etag", TwinUpdate("*") with { UpdateTwin = RawJson.Parse("""{"etag":"AAAAAAAAAAE=","tags":{"x":1}}""") });
        Assert.Equal((2, 1, 1, 0, 0), StatisticsOf(job));
        using var row = JsonDocument.Parse(Assert.Single(await QueryAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'etag' AND status = 'failed'")));
        Assert.Equal(("b", "PreconditionFailed"), (Text(row, "deviceId"), row.RootElement.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_method_is_invoked_on_those_who_are_connected_and_on_others_once_they_connect()
    {
        await using var test = await TestHub.OpenAsync();
        var early = await test.CreateAsync("early");
        var late = await test.CreateAsync("late");
        await ConnectAsync(test, early, (_, name, _) => (200, $$"""{"did":"{{name}}"}"""));
        await StartAsync(test, "reboot", Method("*", seconds: 3600));
        await TestDeadline.UntilAsync(() => Get(test, "reboot") is { DeviceJobStatistics: { SucceededCount: 1, PendingCount: 1 } }, "the one that is connected has answered");
        Assert.Equal(JobStatus.Running, Get(test, "reboot").Status);

        await ConnectAsync(test, late, (_, _, _) => (503, ""));
        var job = await WaitAsync(test, "reboot");
        Assert.Equal((2, 2, 0, 0, 0), StatisticsOf(job));
        using var row = JsonDocument.Parse(Assert.Single(await QueryAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'reboot' AND deviceId = 'early'")));
        var response = row.RootElement.GetProperty("outcome").GetProperty("deviceMethodResponse");
        Assert.Equal((200, "reboot"), (response.GetProperty("status").GetInt32(), response.GetProperty("payload").GetProperty("did").GetString()));
    }

    [Fact]
    public async Task A_device_that_never_connects_fails_when_the_time_of_the_job_ends()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("gone");
        var job = await RunAsync(test, "short", Method("deviceId = 'gone'", seconds: 1));
        Assert.Equal((1, 0, 1, 0, 0), StatisticsOf(job));
        using var row = JsonDocument.Parse(Assert.Single(await QueryAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'short'")));
        Assert.Equal(("failed", "JobRunPreconditionFailed"), (Text(row, "status"), row.RootElement.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_job_for_later_is_queued_and_a_cancelled_one_touches_nothing_more()
    {
        await using var test = await TestHub.OpenAsync();
        await test.CreateAsync("a");
        var later = await StartAsync(test, "later", TwinUpdate("*") with { StartTime = DateTimeOffset.MaxValue });
        Assert.Equal(JobStatus.Queued, later.Status);
        Assert.Equal(JobStatus.Queued, Get(test, "later").Status);
        var cancelled = await test.Hub.Jobs.CancelAsync("later", Cancellation);
        Assert.Equal((JobStatus.Cancelled, true), (cancelled.Value!.Status, cancelled.Value.EndTime is not null));

        // One that runs and waits for its device.
        await StartAsync(test, "running", Method("*", seconds: 3600));
        await TestDeadline.UntilAsync(() => Get(test, "running") is { Status: JobStatus.Running, DeviceJobStatistics.DeviceCount: 1 }, "the job runs");
        Assert.Equal(JobStatus.Cancelled, (await test.Hub.Jobs.CancelAsync("running", Cancellation)).Value!.Status);
        await TestDeadline.UntilAsync(() => QueryAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'running' AND status = 'canceled'").Result.Count == 1, "its device is left alone");

        // It ends once, whatever is asked later.
        Assert.Equal(JobStatus.Cancelled, (await test.Hub.Jobs.CancelAsync("running", Cancellation)).Value!.Status);
        Assert.Equal(HubErrorCode.JobNotFound, (await test.Hub.Jobs.CancelAsync("none", Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.JobAlreadyExists, (await test.Hub.Jobs.CreateAsync("later", TwinUpdate("*"), Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_job_goes_on_after_a_restart_and_each_device_has_one_outcome()
    {
        var time = new SettableTime();
        await using var test = await TestHub.OpenAsync(time);
        await CreateAsync(test, 2000, _ => "rome");
        await StartAsync(test, "update", TwinUpdate("tags.site = 'rome'"));
        await StartAsync(test, "soon", TwinUpdate("*") with { StartTime = DateTimeOffset.UtcNow + TimeSpan.FromDays(1) });
        await TestDeadline.UntilAsync(() => Get(test, "update").DeviceJobStatistics.DeviceCount > 0, "the job has begun");
        for (var i = 0; i < 3; i++)
        {
            await test.RestartAsync();
        }

        var job = await WaitAsync(test, "update");
        Assert.Equal((2000, 2000, 0, 0, 0), StatisticsOf(job));

        // Once: the version of desired properties says how often they were written.
        Assert.Equal(2000, await CountAsync(test, "SELECT * FROM devices WHERE properties.desired.$version = 2"));
        Assert.Equal(JobStatus.Queued, Get(test, "soon").Status);

        time.Offset = TimeSpan.FromDays(32);
        await test.RestartAsync();
        await TestDeadline.UntilAsync(() => !test.Hub.Jobs.Get("update").IsSuccess, "the job is forgotten after thirty days");
        Assert.Equal(0, await CountAsync(test, "SELECT * FROM devices.jobs WHERE jobId = 'update'"));
        Assert.Equal((2000, 2000, 0, 0, 0), StatisticsOf(await WaitAsync(test, "soon")));
    }

    [Fact]
    public async Task Jobs_are_listed_by_type_and_status_in_pages()
    {
        await using var test = await TestHub.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await RunAsync(test, $"done-{i}", TwinUpdate("*"));
        }

        await StartAsync(test, "later", Method("*", 60) with { StartTime = DateTimeOffset.MaxValue });
        Assert.Equal(["done-0", "done-1", "done-2", "done-3", "done-4", "later"], Ids(test.Hub.Jobs.List(null, null, null, null)));
        Assert.Equal(["later"], Ids(test.Hub.Jobs.List(JobType.ScheduleDeviceMethod, null, null, null)));
        Assert.Equal(["later"], Ids(test.Hub.Jobs.List(null, JobStatus.Queued, null, null)));
        var first = test.Hub.Jobs.List(JobType.ScheduleUpdateTwin, JobStatus.Completed, 3, null);
        Assert.Equal(["done-0", "done-1", "done-2"], Ids(first));
        var second = test.Hub.Jobs.List(JobType.ScheduleUpdateTwin, JobStatus.Completed, 3, first.Value!.Continuation);
        Assert.Equal(["done-3", "done-4"], Ids(second));
        Assert.Null(second.Value!.Continuation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, test.Hub.Jobs.List(null, null, null, "%%%").Error?.Code);

        static IEnumerable<string> Ids(HubResult<JobPage> page) => page.Value!.Jobs.Select(job => job.JobId);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_at_once()
    {
        await using var test = await TestHub.OpenAsync();
        (string Id, JobRequest Request)[] wrong =
        [
            ("bad id", TwinUpdate("*")),
            (new string('x', 65), TwinUpdate("*")),
            ("a", TwinUpdate("*") with { JobId = "b" }),
            ("a", TwinUpdate("tags.site =")),
            ("a", TwinUpdate("deviceId = 'a' GROUP BY tags.x")),
            ("a", TwinUpdate("FROM devices.jobs")),
            ("a", TwinUpdate("")),
            ("a", TwinUpdate("*") with { UpdateTwin = default }),
            ("a", TwinUpdate("*") with { UpdateTwin = RawJson.Parse("""{"tags":{"$x":1}}""") }),
            ("a", TwinUpdate("*") with { MaxExecutionTimeInSeconds = 0 }),
            ("a", Method("*", 60) with { CloudToDeviceMethod = null }),
            ("a", Method("*", 60) with { CloudToDeviceMethod = new DirectMethodRequest { MethodName = "a b" } }),
            ("a", TwinUpdate("*") with { Type = JobType.FirmwareUpdate }),
        ];
        foreach (var (id, request) in wrong)
        {
            Assert.Equal(HubErrorCode.ArgumentInvalid, (await test.Hub.Jobs.CreateAsync(id, request, Cancellation)).Error?.Code);
        }
    }

    private static JobRequest TwinUpdate(string condition) => new()
    {
        Type = JobType.ScheduleUpdateTwin,
        QueryCondition = condition,
        UpdateTwin = RawJson.Parse("""{"etag":"*","tags":{"done":true},"properties":{"desired":{"x":1}}}"""),
    };

    private static JobRequest Method(string condition, long seconds) => new()
    {
        Type = JobType.ScheduleDeviceMethod,
        QueryCondition = condition,
        MaxExecutionTimeInSeconds = seconds,
        CloudToDeviceMethod = new DirectMethodRequest { MethodName = "reboot", Payload = RawJson.Parse("1"), ResponseTimeoutInSeconds = 30 },
    };

    private static async Task<JobResponse> StartAsync(TestHub test, string id, JobRequest request)
    {
        var created = await test.Hub.Jobs.CreateAsync(id, request, Cancellation);
        Assert.Null(created.Error);
        return created.Value!;
    }

    private static async Task<JobResponse> RunAsync(TestHub test, string id, JobRequest request)
    {
        await StartAsync(test, id, request);
        return await WaitAsync(test, id);
    }

    private static async Task<JobResponse> WaitAsync(TestHub test, string id)
    {
        await TestDeadline.UntilAsync(() => Get(test, id).Status == JobStatus.Completed, $"job {id} is completed");
        return Get(test, id);
    }

    private static JobResponse Get(TestHub test, string id)
    {
        var job = test.Hub.Jobs.Get(id);
        Assert.Null(job.Error);
        return job.Value!;
    }

    private static (int Devices, int Succeeded, int Failed, int Running, int Pending) StatisticsOf(JobResponse job)
    {
        var numbers = job.DeviceJobStatistics;
        return (numbers.DeviceCount, numbers.SucceededCount, numbers.FailedCount, numbers.RunningCount, numbers.PendingCount);
    }

    private static string? Text(JsonDocument row, string name) => row.RootElement.GetProperty(name).GetString();

    private static async Task<List<ReadOnlyMemory<byte>>> QueryAsync(TestHub test, string query)
    {
        var rows = new List<ReadOnlyMemory<byte>>();
        string? continuation = null;
        do
        {
            var page = await test.Hub.Queries.RunAsync(query, 300, continuation, Cancellation);
            Assert.Null(page.Error);
            rows.AddRange(page.Value!.Items);
            continuation = page.Value.Continuation;
        }
        while (continuation is not null);
        return rows;
    }

    private static async Task<int> CountAsync(TestHub test, string query) => (await QueryAsync(test, query)).Count;

    private static async Task ConnectAsync(TestHub test, DeviceIdentity device, Func<string, string, string, (int Status, string Payload)> answer)
    {
        var principal = await test.AuthenticateAsync(device.Id, test.TokenOf(device));
        var link = new FakeLink();
        var session = test.Hub.Connections.Open(principal.Value!, link).Value!;
        link.Invoked = (id, name, payload) =>
        {
            var (status, text) = answer(id, name, System.Text.Encoding.UTF8.GetString(payload.Span));
            Task.Run(() => test.Hub.Methods.Complete(session, id, status, System.Text.Encoding.UTF8.GetBytes(text)), Cancellation);
        };
        session.Enable(DeviceFeatures.Methods);
    }

    private static async Task CreateAsync(TestHub test, int count, Func<int, string> site)
    {
        foreach (var chunk in Enumerable.Range(0, count).Chunk(100))
        {
            var result = await test.Hub.Registry.BulkAsync(
                [.. chunk.Select(i => new ExportImportDevice { Id = $"d{i:D4}", Tags = RawJson.Parse($$"""{"site":"{{site(i)}}"}""") })], Cancellation);
            Assert.True(result.Value!.IsSuccessful);
        }
    }
}
