using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Runs;

public sealed class SyncRunTests(SyncServer server) : IClassFixture<SyncServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_run_at_a_time_works_on_a_hub()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a");
        var inside = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var progress = new Held(inside, go);
        var runner = await bench.RunnerAsync();
        var first = Task.Run(() => runner.ApplyAsync(new(), progress, Cancelled), Cancelled);
        await inside.Task.WaitAsync(TestDeadline.Default, Cancelled);
        var refused = await Assert.ThrowsAsync<SyncLeaseHeldException>(() => runner.ApplyAsync(new(), null, Cancelled));
        Assert.Contains("One run at a time", refused.Message, StringComparison.Ordinal);
        go.SetResult();
        Assert.Equal((SyncRunOutcome.Succeeded, 1L), (await first) is var run ? (run.Outcome, run.Created) : default);

        // Given back.
        Assert.Equal(SyncRunOutcome.Succeeded, (await bench.ApplyAsync()).Outcome);
    }

    [Fact]
    public async Task Every_run_is_on_record_the_newest_first()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a").With("b");
        var first = await bench.ApplyAsync();
        bench.Registry.BreakListingAfter = 1;
        var second = await bench.ApplyAsync();
        var store = await bench.StoreAsync();
        var runs = await store.RunsAsync(10, Cancelled).ToListAsync(Cancelled);
        Assert.Equal([second.Id, first.Id], runs.Select(run => run.Id));
        Assert.Equal([SyncRunOutcome.Failed, SyncRunOutcome.Succeeded], runs.Select(run => run.Outcome));
        Assert.All(runs, run => Assert.True(run.Ended >= run.Started));
        Assert.Equal(2, runs[1].Created);
    }

    [Fact]
    public async Task A_run_that_is_stopped_is_on_record_and_the_next_one_ends_what_it_began()
    {
        await using var bench = await server.NewBenchAsync();
        bench.Registry.With("a");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var runner = await bench.RunnerAsync();
        var stopping = new Act(stop.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.ApplyAsync(new(), stopping, stop.Token));
        var run = await (await bench.StoreAsync()).RunsAsync(1, Cancelled).FirstAsync(Cancelled);
        Assert.Equal((SyncRunOutcome.Failed, "It was stopped."), (run.Outcome, run.Error));
        await bench.ApplyToEndAsync();
    }

    [Fact]
    public async Task A_lease_holds_until_it_expires_and_a_dead_process_of_this_machine_holds_none()
    {
        await using var bench = await server.NewBenchAsync();
        var clock = new ManualClock();
        var store = await SyncStore.OpenAsync((await bench.StoreAsync()).Documents, clock, ownsDocuments: false, Cancelled);
        var elsewhere = new SyncLease("one", "another-machine/1/1", clock.GetUtcNow() + TimeSpan.FromSeconds(60));
        var ours = new SyncLease("two", RunHolder.Current, clock.GetUtcNow() + TimeSpan.FromSeconds(600));
        Assert.Null(await store.TryAcquireAsync("Hub", elsewhere, Cancelled));
        Assert.Equal(elsewhere, await store.TryAcquireAsync("hub", ours, Cancelled));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await store.TryAcquireAsync("hub", ours, Cancelled));
        Assert.False(await store.RenewAsync("hub", elsewhere, Cancelled));
        Assert.True(await store.RenewAsync("hub", ours, Cancelled));
        Assert.Equal("two", (await store.TryAcquireAsync("hub", elsewhere, Cancelled))!.RunId);
        await store.ReleaseAsync("hub", "one", Cancelled);
        Assert.NotNull(await store.GetLeaseAsync("hub", Cancelled));
        await store.ReleaseAsync("hub", "two", Cancelled);

        // No process has this id: Linux ends at 4,194,304.
        var dead = ours with { RunId = "dead", Holder = $"{Environment.MachineName}/999999999/1" };
        Assert.Null(await store.TryAcquireAsync("hub", dead, Cancelled));
        Assert.Null(await store.TryAcquireAsync("hub", ours, Cancelled));
    }

    [Fact]
    public async Task A_store_that_another_has_open_is_told_as_that()
    {
        await using var bench = await server.NewBenchAsync();
        await bench.StoreAsync();
        await Assert.ThrowsAsync<SyncStoreBusyException>(() => SyncStore.OpenAsync(
            bench.Configuration.StoreFolder, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, Cancelled));
    }

    [Theory]
    [InlineData(Fleet.Sync.Configuration.SyncMaster.External)]
    [InlineData(Fleet.Sync.Configuration.SyncMaster.Hub)]
    [InlineData(Fleet.Sync.Configuration.SyncMaster.Both)]
    public async Task A_run_that_breaks_off_at_any_call_is_put_right_by_the_next(Fleet.Sync.Configuration.SyncMaster master)
    {
        // Breaks off at each call of the registry in turn, before and after it took effect; in between both sides change.
        await using var bench = await server.NewBenchAsync();
        bench.Configuration = bench.Configuration with { Master = master };
        for (var i = 0; i < 12; i++)
        {
            await ChangeAsync(bench, i);
            var calls = 0;
            var fault = (string _) => calls++ >= i / 2 ? new OperationCanceledException("killed") : (Exception?)null;
            if (i % 2 == 0)
            {
                bench.Registry.BeforeChange = fault;
            }
            else
            {
                bench.Registry.AfterChange = fault;
            }

            try
            {
                await bench.ApplyAsync(allowDeletes: true);
            }
            catch (OperationCanceledException)
            {
                // As wanted.
            }

            (bench.Registry.BeforeChange, bench.Registry.AfterChange) = (_ => null, _ => null);
            await bench.ApplyToEndAsync();
        }

        var onHub = await bench.Service.ListDevicesAsync(cancellationToken: Cancelled);
        Assert.Equal(onHub.Select(device => device.DeviceId).Order(StringComparer.Ordinal), bench.Registry.Devices.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task ChangeAsync(SyncBench bench, int round)
    {
        if (bench.Configuration.Master == Fleet.Sync.Configuration.SyncMaster.External)
        {
            for (var i = 0; i < 4; i++)
            {
                bench.Registry.With($"d{round}-{i}", ("n", "1"));
                bench.Registry.With("kept", ("n", $"{round}"));
            }

            bench.Registry.Remove($"d{round - 1}-1");
            return;
        }

        for (var i = 0; i < 4; i++)
        {
            await bench.CreateOnHubAsync($"d{round}-{i}", """{"n":"1"}""");
        }

        if (round > 0)
        {
            await bench.DeleteOnHubAsync($"d{round - 1}-1");
            await bench.TagAsync($"d{round - 1}-2", $$"""{"n":"{{round}}"}""");
        }
    }

    private sealed class Held(TaskCompletionSource inside, TaskCompletionSource go) : IProgress<Fleet.Sync.Planning.SyncProgress>
    {
        public void Report(Fleet.Sync.Planning.SyncProgress value)
        {
            inside.TrySetResult();
            go.Task.GetAwaiter().GetResult();
        }
    }

    private sealed class Act(Action act) : IProgress<Fleet.Sync.Planning.SyncProgress>
    {
        public void Report(Fleet.Sync.Planning.SyncProgress value) => act();
    }
}
