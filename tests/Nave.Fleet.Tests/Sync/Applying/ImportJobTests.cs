using System.Globalization;
using Nave.Api;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;

namespace Nave.Fleet.Tests.Sync.Applying;

public sealed class ImportJobTests(SyncServer server) : IClassFixture<SyncServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_the_threshold_on_creations_and_deletions_are_one_job_and_its_blob_goes()
    {
        await using var bench = await NewBenchAsync(threshold: 10);
        Fill(bench, 0, 9);
        Assert.Null((await bench.ApplyToEndAsync()).JobId);
        Fill(bench, 9, 40);
        bench.Registry.Remove("device-003");
        var run = await bench.ApplyToEndAsync();
        Assert.Equal((31L, 1L, 0L), (run.Created, run.Deleted, run.Failed));

        // The sample took this success for a failure, and left the blob with the keys.
        var job = await bench.Service.GetTransferJobAsync(run.JobId!, Cancelled);
        Assert.Equal((JobType.Import, JobStatus.Completed), (job.Type, job.Status));
        Assert.Empty(Directory.EnumerateFiles(bench.ExportFolder, "*", SearchOption.AllDirectories));
        var identity = await bench.Service.GetDeviceAsync(new IdentityId("device-020"), Cancelled);
        Assert.Equal(32, Convert.FromBase64String(identity!.Authentication!.SymmetricKey!.PrimaryKey!).Length);
        Assert.Equal("""{"n":"20"}""", await bench.OwnTagsAsync("device-020"));
        Assert.Null((await (await bench.StoreAsync()).GetRunAsync(run.Id, Cancelled))!.JobBlob);
    }

    [Fact]
    public async Task A_threshold_of_0_is_always_a_job_and_updates_go_beside_it()
    {
        await using var bench = await NewBenchAsync(threshold: 0);
        Fill(bench, 0, 2);
        Assert.NotNull((await bench.ApplyToEndAsync()).JobId);
        bench.Registry.With("device-000", ("n", "changed")).With("new");
        var run = await bench.ApplyToEndAsync();
        Assert.Equal((1L, 1L), (run.Created, run.Updated));
        Assert.Equal("""{"n":"changed"}""", await bench.OwnTagsAsync("device-000"));
    }

    [Fact]
    public async Task A_device_that_the_job_could_not_make_is_reported_by_itself()
    {
        await using var bench = await NewBenchAsync(threshold: 3);
        Fill(bench, 0, 5);
        var once = 0;
        var progress = new AtComparing(async () =>
        {
            if (Interlocked.Exchange(ref once, 1) == 0)
            {
                await bench.CreateOnHubAsync("device-002");
            }
        });
        var run = await (await bench.RunnerAsync()).ApplyAsync(new(), progress, Cancelled);
        Assert.Equal((SyncRunOutcome.PartlyFailed, 4L, 1L), (run.Outcome, run.Created, run.Failed));
        var failure = Assert.Single(run.Failures);
        Assert.Equal(("device-002", "create"), (failure.DeviceId, failure.Action));
        Assert.Contains("DeviceAlreadyExists", failure.Reason, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(bench.ExportFolder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_container_that_the_hub_may_not_read_fails_the_run_and_leaves_no_keys_there()
    {
        await using var bench = await NewBenchAsync(threshold: 1);
        var elsewhere = bench.Configuration.StoreFolder + "-elsewhere";
        Directory.CreateDirectory(elsewhere);
        bench.Configuration = bench.Configuration with { Hub = bench.Configuration.Hub with { JobContainer = new Uri("file://" + elsewhere) } };
        Fill(bench, 0, 2);
        var run = await bench.ApplyAsync();
        Assert.Equal(SyncRunOutcome.Failed, run.Outcome);
        Assert.Empty(Directory.EnumerateFiles(elsewhere, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_removed_by_the_next()
    {
        await using var bench = await NewBenchAsync(threshold: 100);
        Directory.CreateDirectory(bench.ExportFolder);
        var store = await bench.StoreAsync();
        var killed = new SyncRun
        {
            Id = store.NewRunId(), Sync = "bench", Hub = bench.Service.HostName, Trigger = "cli", Started = TimeProvider.System.GetUtcNow(),
            Outcome = SyncRunOutcome.Running, JobBlob = "nave-sync-killed.txt",
        };
        await store.PutRunAsync(killed, Cancelled);
        await File.WriteAllTextAsync(Path.Combine(bench.ExportFolder, "nave-sync-killed.txt"), "keys", Cancelled);
        Fill(bench, 0, 1);
        await bench.ApplyToEndAsync();
        Assert.Empty(Directory.EnumerateFiles(bench.ExportFolder, "*", SearchOption.AllDirectories));
        var record = await store.GetRunAsync(killed.Id, Cancelled);
        Assert.Equal((SyncRunOutcome.Interrupted, (string?)null), (record!.Outcome, record.JobBlob));
    }

    private static void Fill(SyncBench bench, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            bench.Registry.With(string.Create(CultureInfo.InvariantCulture, $"device-{i:000}"), ("n", $"{i}"));
        }
    }

    private async Task<SyncBench> NewBenchAsync(int threshold)
    {
        var bench = await server.NewBenchAsync();
        bench.Configuration = bench.Configuration with
        {
            JobThreshold = threshold, Hub = bench.Configuration.Hub with { JobContainer = new Uri("file://" + bench.ExportFolder) },
        };
        return bench;
    }

    private sealed class AtComparing(Func<Task> act) : IProgress<Fleet.Sync.Planning.SyncProgress>
    {
        public void Report(Fleet.Sync.Planning.SyncProgress value)
        {
            if (value.Phase == Fleet.Sync.Planning.SyncPhase.Comparing)
            {
                act().GetAwaiter().GetResult();
            }
        }
    }
}
