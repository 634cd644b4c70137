using System.Text;
using Nave.Storage.Files;
using Nave.Testing;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>The disk fails or fills up while the log is open.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_failed_sync_is_never_retried()
    {
        var disk = new FaultDisk();
        await using (var log = await disk.OpenAsync())
        {
            using var probe = new AppendProbe(log);
            Assert.True(await probe.AppendAsync(0, "kept"));
            disk.FailSync = disk.Syncs + 1;
            Assert.False(await probe.AppendAsync(0, "lost"));
            var syncs = disk.Syncs;
            Assert.False(probe.Appender.Available);
            Assert.False(probe.TryStage(0, "refused"u8));
            var failure = await Assert.ThrowsAsync<StorageUnavailableException>(
                () => log.AppendOutboxAsync([new OutboxRecord(1, 0, "x"u8.ToArray())], CancellationToken.None));
            Assert.False(failure.IsTransient);
            Assert.Equal(["kept"], await log.ReadTextAsync(0));
            Assert.Equal(syncs, disk.Syncs);
        }

        // What the failed sync has left behind was never acknowledged: it may be there or not, but nothing else.
        disk.PowerOff();
        disk.PowerOn(PowerLoss.DropAll, 1);
        await using var again = await disk.OpenAsync();
        Assert.Equal(["kept"], await again.ReadTextAsync(0));
        using var next = new AppendProbe(again);
        Assert.True(await next.AppendAsync(0, "goes on"));
    }

    [Fact]
    public async Task A_full_disk_refuses_records_and_comes_back_by_itself()
    {
        var clock = new ManualClock();
        var disk = new FaultDisk { Capacity = 3 * LogFixture.Options.SegmentBytes };
        await using (var log = await disk.OpenAsync(clock: clock))
        {
            using var probe = new AppendProbe(log);
            var record = Encoding.UTF8.GetBytes(new string('x', 10_000));
            var accepted = 0;
            while (probe.Appender.Available)
            {
                Assert.True(accepted < 1_000);
                if (probe.TryStage(0, record))
                {
                    accepted++;
                    await probe.SettledAsync();
                }
            }

            var durable = probe.Outcomes.Count(outcome => outcome.Durable);
            Assert.InRange(durable, accepted - 1, accepted);
            Assert.Equal(durable, log.GetState(0).NextSequence);
            Assert.Equal(durable, (await log.ReadAllAsync(0)).Count);
            var failure = await Assert.ThrowsAsync<StorageUnavailableException>(
                () => log.AppendOutboxAsync([new OutboxRecord(1, 0, "x"u8.ToArray())], CancellationToken.None));
            Assert.True(failure.IsTransient);

            // Space comes back; within 5 s of the log's clock so do writes, and the owners of appenders are told.
            var batches = probe.Batches;
            disk.Capacity = long.MaxValue;
            for (var second = 0; second < 5; second++)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            await TestDeadline.UntilAsync(() => probe.Appender.Available && probe.Batches > batches, "the log takes records again");
            probe.TryStage(0, "again"u8);
            await probe.SettledAsync();
            Assert.Equal(["again"], await log.ReadTextAsync(0, durable));
            await log.AppendOutboxAsync([new OutboxRecord(1, 1, "x"u8.ToArray())], CancellationToken.None);
            Assert.Equal(1, log.LastOutboxSequence);
        }

        Assert.True((await SegmentLogCheck.RunAsync(LogFixture.Folder, disk, TestContext.Current.CancellationToken)).IsSound);
    }

    [Fact]
    public async Task The_reserve_is_left_free()
    {
        var disk = new FaultDisk { Capacity = 3 * LogFixture.Options.SegmentBytes };
        await using var log = await disk.OpenAsync(o => o with { ReserveBytes = LogFixture.Options.SegmentBytes });
        using var probe = new AppendProbe(log);
        while (probe.Appender.Available)
        {
            probe.TryStage(0, new byte[10_000]);
            await probe.SettledAsync();
        }

        // The small index of the first segment is all that may go into it.
        Assert.InRange(disk.GetFreeBytes(LogFixture.Folder), LogFixture.Options.SegmentBytes - (16 << 10), LogFixture.Options.SegmentBytes);
        Assert.Equal(2, log.Statistics.Segments);
    }

    [Fact]
    public async Task A_new_log_on_a_full_disk_says_so()
    {
        var disk = new FaultDisk { Capacity = 1_000 };
        await Assert.ThrowsAsync<DiskFullException>(() => disk.OpenAsync());
    }

    [Fact]
    public async Task Only_one_may_have_the_log_open()
    {
        using var folder = new TemporaryFolder();
        var options = LogFixture.Options with { Directory = folder.Path };
        await using (await SegmentLog.OpenAsync(options, cancellationToken: TestContext.Current.CancellationToken))
        {
            var refused = await Assert.ThrowsAsync<IOException>(() => SegmentLog.OpenAsync(options, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Contains("in use", refused.Message, StringComparison.Ordinal);
        }

        await (await SegmentLog.OpenAsync(options, cancellationToken: TestContext.Current.CancellationToken)).DisposeAsync();
    }

    [Fact]
    public async Task A_full_staging_area_refuses_until_the_next_batch_is_done()
    {
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync();
        using var probe = new AppendProbe(log);
        var held = disk.HoldSyncs();
        Assert.True(probe.TryStage(0, "keeps the committer"u8));
        await held.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        var staged = 0;
        while (probe.TryStage(0, new byte[1_000]))
        {
            staged++;
        }

        Assert.True(probe.Appender.Available);
        Assert.Equal((64 << 10) / (1_000 + StagedBatch.RecordCost), staged);
        var more = probe.StageAsync(0, new byte[1_000]);
        Assert.False(more.IsCompleted);
        disk.ReleaseSyncs();
        await more;
        Assert.True(await probe.SettledAsync());
        Assert.Throws<ArgumentException>(() => probe.TryStage(0, new byte[64 << 10]));
        Assert.True(await probe.AppendAsync(0, new string('x', (64 << 10) - 32)));
    }

    [Fact]
    public async Task An_observer_that_throws_does_not_keep_it_from_others()
    {
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync();
        using var bad = log.CreateAppender(() => throw new InvalidOperationException("batch"));
        using var probe = new AppendProbe(log);
        Assert.True(bad.TryAppend(0, "x"u8, default, new Thrower(), 0));
        Assert.True(await probe.AppendAsync(0, "y"));
        await log.WaitForAsync(0, 1, CancellationToken.None).AsTask().WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.Equal(["x", "y"], (await log.ReadTextAsync(0)).Order());
        Assert.True(await probe.AppendAsync(0, "z"));
    }

    private sealed class Thrower : IAppendObserver
    {
        public void Appended(long token, bool durable) => throw new InvalidOperationException("observer");
    }
}
