using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Crash.Tests.Hosting;
using Nave.Testing;

namespace Nave.Crash.Tests.Jobs;

/// <summary>
/// A hub is killed at random moments of its jobs; they go on by themselves and end right: each line and each device once, errors
/// exactly those of the file, never half a blob. <c>NAVE_JOB_KILLS</c> = how often (5).
/// </summary>
public sealed class JobKillTests
{
    private const int DefaultKills = 5;
    private const int Devices = 2000;

    // Longer than an import of the file takes here, so that some kills come after the end.
    private const int LongestWaitMilliseconds = 1200;

    private static readonly JsonSerializerOptions s_names = new(JsonSerializerDefaults.Web);

    [Fact]
    public async Task Jobs_that_are_killed_at_any_moment_end_right()
    {
        var kills = int.TryParse(Environment.GetEnvironmentVariable("NAVE_JOB_KILLS"), CultureInfo.InvariantCulture, out var number) ? number : DefaultKills;
        using var folder = new TemporaryFolder();
        var ports = HubPorts.Choose();
        var hub = HubProcess.Start(folder.File("data"), ports);
        try
        {
            var exports = Path.Combine(folder.File("data"), "exports", "localhost", "jobs");
            for (var round = 0; kills > 0; round++)
            {
                // Killed in the middle, once more often than not at the start of what follows.
                var jobs = await BeginAsync(hub, exports, round);
                for (var again = 0; again <= round % 2 && kills > 0; again++, kills--)
                {
                    await Task.Delay(Random.Shared.Next(LongestWaitMilliseconds), TestContext.Current.CancellationToken);
                    await hub.KillAsync();
                    AssertNoHalfBlob(exports, round);
                    hub.Dispose();
                    hub = HubProcess.Start(folder.File("data"), ports);
                }

                await EndAsync(hub, exports, round, jobs);
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message} The hub said:\n{hub.Errors}", e);
        }
        finally
        {
            hub.Dispose();
        }
    }

    private static async Task<(string Import, string Export, string Update)> BeginAsync(HubProcess hub, string exports, int round)
    {
        using var service = await ConnectAsync(hub);
        Directory.CreateDirectory(exports);
        await File.WriteAllLinesAsync(Path.Combine(exports, $"in-{round}.txt"), Lines(round), TestContext.Current.CancellationToken);
        var uri = new Uri(exports).AbsoluteUri;
        var import = await service.CreateTransferJobAsync(
            new JobProperties { Type = JobType.Import, InputBlobContainerUri = uri, InputBlobName = $"in-{round}.txt", OutputBlobContainerUri = uri });
        var export = await service.CreateTransferJobAsync(
            new JobProperties { Type = JobType.Export, OutputBlobContainerUri = uri, OutputBlobName = $"out-{round}.txt" });
        var update = await service.ScheduleJobAsync($"update-{round}", new JobRequest
        {
            Type = JobType.ScheduleUpdateTwin,
            QueryCondition = round == 0 ? "false" : $"tags.round = {round - 1}",
            UpdateTwin = RawJson.Parse("""{"properties":{"desired":{"job":1}}}"""),
        });
        return (import.JobId!, export.JobId!, update.JobId);
    }

    /// <summary>
    /// Lines of which each may be applied once only: created strictly, their twins patched (the version counts), deleted strictly, and
    /// some that fail once.
    /// </summary>
    private static IEnumerable<string> Lines(int round)
    {
        // Before its parent.
        yield return $$"""{"id":"r{{round}}-leaf","importMode":"create","deviceScope":"ms-azure-iot-edge://r{{round}}-edge-1"}""";
        for (var i = 0; i < Devices; i++)
        {
            yield return $$$"""{"id":"r{{{round}}}-{{{i}}}","importMode":"create","tags":{"round":{{{round}}} } }""";
        }

        for (var i = 0; i < Devices; i++)
        {
            yield return (i % 10) switch
            {
                0 => $$"""{"id":"r{{round}}-{{i}}","importMode":"delete"}""",
                1 => $$"""{"id":"r{{round}}-{{i}}","importMode":"create"}""",
                _ => $$$"""{"id":"r{{{round}}}-{{{i}}}","importMode":"updateTwin","properties":{"desired":{"i":{{{i}}} } } }""",
            };
        }

        yield return $$$"""{"id":"r{{{round}}}-edge","importMode":"create","capabilities":{"iotEdge":true},"deviceScope":"ms-azure-iot-edge://r{{{round}}}-edge-1"}""";
    }

    private static async Task EndAsync(HubProcess hub, string exports, int round, (string Import, string Export, string Update) jobs)
    {
        using var service = await ConnectAsync(hub);
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        foreach (var id in (string[])[jobs.Import, jobs.Export])
        {
            var job = await service.WaitForTransferJobAsync(id, cancellationToken: late.Token);
            Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
        }

        // Exactly the lines that must fail have failed.
        var errors = (await File.ReadAllLinesAsync(Path.Combine(exports, "importErrors.log"), late.Token))
            .Select(line => JsonSerializer.Deserialize<ImportErrorLine>(line, s_names)!).ToList();
        Assert.Equal(
            Enumerable.Range(0, Devices).Where(i => i % 10 == 1).Select(i => ($"r{round}-{i}", "DeviceAlreadyExists")),
            errors.Select(error => (error.DeviceId!, error.ErrorCode)));

        // Each twin was patched once, each device is there or not.
        Assert.Equal(Devices * 8 / 10, await CountAsync(service, $"SELECT deviceId FROM devices WHERE tags.round = {round} AND properties.desired.$version = 2", late.Token));
        Assert.Equal(Devices * 9 / 10, await CountAsync(service, $"SELECT deviceId FROM devices WHERE tags.round = {round}", late.Token));
        Assert.NotNull(await service.GetDeviceAsync(new($"r{round}-leaf"), late.Token));

        // The export after it is whole.
        var lines = await File.ReadAllLinesAsync(Path.Combine(exports, $"out-{round}.txt"), late.Token);
        Assert.Equal((round + 1) * ((Devices * 9 / 10) + 4), lines.Length);

        // What was cut off left no file with keys.
        Assert.DoesNotContain(Directory.EnumerateFiles(exports), file => file.EndsWith(".nave-part", StringComparison.Ordinal));

        // And the twins of the round before were changed once.
        while (await service.GetScheduledJobAsync(jobs.Update, late.Token) is { Status: not JobStatus.Completed })
        {
            await Task.Delay(20, late.Token);
        }

        if (round > 0)
        {
            var job = await service.GetScheduledJobAsync(jobs.Update, late.Token);
            Assert.Equal((Devices * 9 / 10, Devices * 9 / 10, 0), (job.DeviceJobStatistics.DeviceCount, job.DeviceJobStatistics.SucceededCount, job.DeviceJobStatistics.FailedCount));
            Assert.Equal(Devices * 8 / 10, await CountAsync(service, $"SELECT deviceId FROM devices WHERE tags.round = {round - 1} AND properties.desired.$version = 3", late.Token));
            Assert.Equal(Devices * 9 / 10, await CountAsync(service, $"SELECT * FROM devices.jobs WHERE jobId = 'update-{round}' AND status = 'completed'", late.Token));
        }
    }

    private static void AssertNoHalfBlob(string exports, int round)
    {
        // Whatever was visible at the kill is whole: its last line ends, and there are all.
        var file = Path.Combine(exports, $"out-{round}.txt");
        if (File.Exists(file))
        {
            Assert.Equal((round + 1) * ((Devices * 9 / 10) + 4), File.ReadAllLines(file).Length);
        }
    }

    private static async Task<ServiceClient> ConnectAsync(HubProcess hub)
    {
        var address = await hub.WaitReadyAsync(TimeSpan.FromMinutes(1));
        return ServiceClient.Create(address.Owner, new ServiceClientOptions
        {
            Endpoint = new ClientEndpoint { Host = "localhost", Port = address.HttpsPort },
            TrustedRoots = address.Roots,
        });
    }

    private static async Task<int> CountAsync(ServiceClient service, string query, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in service.QueryAsync(query, 1000, cancellationToken))
        {
            count++;
        }

        return count;
    }
}
