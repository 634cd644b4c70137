using System.Text;
using Nave.Testing;
using Nave.Testing.Disks;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

/// <summary>Old segments go, whole and oldest first; the one that is written stays.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task Segments_whose_records_are_all_too_old_are_removed()
    {
        var clock = new ManualClock();
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync(o => o with { RetentionAge = TimeSpan.FromHours(2) }, clock);
        using var probe = new AppendProbe(log);
        for (var hour = 0; hour < 4; hour++)
        {
            await FillAsync(probe, 40);
            clock.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.Equal(0, log.GetState(0).FirstSequence);
        var before = log.Statistics.Segments;
        clock.Advance(TimeSpan.FromMinutes(61));
        await TestDeadline.UntilAsync(() => log.GetState(0).FirstSequence > 0, "old segments are removed");
        var first = log.GetState(0).FirstSequence;
        Assert.True(log.Statistics.Segments < before);
        Assert.True((await log.ReadAllAsync(0, from: 0))[0].Enqueued >= clock.GetUtcNow().AddHours(-3));
        Assert.Equal(first, (await log.ReadAllAsync(0, from: 0))[0].Sequence);
        Assert.Equal(first, log.FindByOffset(0, 0));
        Assert.Equal(first, log.FindByTime(0, DateTimeOffset.MinValue));

        // However old, the segment that is written stays.
        clock.Advance(TimeSpan.FromDays(30));
        await TestDeadline.UntilAsync(() => log.Statistics.Segments == 1, "all but the last are removed");
        clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(160, log.GetState(0).NextSequence);
        Assert.True(await probe.AppendAsync(0, "x"));
    }

    [Fact]
    public async Task A_wall_clock_that_slips_ahead_by_days_removes_nothing()
    {
        var clock = new ManualClock();
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync(o => o with { RetentionAge = TimeSpan.FromHours(24) }, clock);
        using var probe = new AppendProbe(log);
        await FillAsync(probe, 160);
        var segments = log.Statistics.Segments;
        Assert.True(segments > 2);

        // 1. A slip that is put right within the hour.
        clock.SetWallClock(clock.GetUtcNow().AddDays(10));
        for (var minute = 0; minute < 30; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            Assert.True(await probe.AppendAsync(0, "x"));
        }

        clock.SetWallClock(clock.GetUtcNow().AddDays(-10));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await probe.AppendAsync(0, "x"));
        Assert.Equal(0, log.GetState(0).FirstSequence);
        Assert.True(log.Statistics.Segments >= segments);

        // 2. The index by time goes by the latest time so far: no reader that starts at a time misses what was written after it.
        Assert.Equal(0, log.FindByTime(0, clock.GetUtcNow().AddHours(-2)));
        var stored = await log.ReadAllAsync(0, from: 0);
        Assert.Equal(clock.GetUtcNow(), stored[^1].Enqueued);
        Assert.InRange(log.FindByTime(0, clock.GetUtcNow()), 1, stored[^1].Sequence);

        // 3. A clock that was behind, and is right now, is believed after the hour.
        clock.SetWallClock(clock.GetUtcNow().AddDays(40));
        await TestDeadline.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(10));
                return log.GetState(0).FirstSequence > 0;
            },
            "retention believes the clock");
    }

    [Fact]
    public async Task The_oldest_segments_are_removed_above_the_size()
    {
        var disk = new FaultDisk();
        var size = 3 * LogFixture.Options.SegmentBytes;
        LogPartitionState state;
        await using (var log = await disk.OpenAsync(o => o with { RetentionBytes = size }))
        {
            using var probe = new AppendProbe(log);
            await FillAsync(probe, 400);
            await TestDeadline.UntilAsync(() => log.Statistics.SegmentBytes <= size, "the log is small enough");
            state = log.GetState(0);
            Assert.True(state.FirstSequence > 0);
            Assert.Equal(400, state.NextSequence);
            Assert.Equal(state.FirstSequence, (await log.ReadAllAsync(0))[0].Sequence);
        }

        await using var again = await disk.OpenAsync(o => o with { RetentionBytes = size });
        Assert.Equal(state, again.GetState(0));
        Assert.Equal(0, again.Statistics.DamagedPlaces);
    }

    [Fact]
    public async Task The_outbox_sequence_outlives_the_records()
    {
        var disk = new FaultDisk();
        var size = LogFixture.Options.SegmentBytes;
        await using (var log = await disk.OpenAsync(o => o with { RetentionBytes = size }))
        {
            await log.AppendOutboxAsync([new OutboxRecord(42, 1, "x"u8.ToArray())], CancellationToken.None);
            using var probe = new AppendProbe(log);
            await FillAsync(probe, 200);
            await TestDeadline.UntilAsync(() => log.Statistics.SegmentBytes <= size, "the log is small enough");
            Assert.Equal(1, log.GetState(1).FirstSequence);
        }

        await using var again = await disk.OpenAsync();
        Assert.Equal(42, again.LastOutboxSequence);
        Assert.Equal(new LogPartitionState(1, 1, 0, again.GetState(1).LastEnqueued), again.GetState(1));
    }

    [Fact]
    public async Task A_segment_that_is_old_but_not_full_is_closed()
    {
        var clock = new ManualClock();
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync(o => o with { SegmentAge = TimeSpan.FromHours(1), RetentionAge = TimeSpan.FromHours(1) }, clock);
        using var probe = new AppendProbe(log);
        Assert.True(await probe.AppendAsync(0, "old"));
        clock.Advance(TimeSpan.FromHours(2));
        for (var i = 0; log.Statistics.Segments == 1; i++)
        {
            Assert.True(i < 10_000, "never closed");
            Assert.True(await probe.AppendAsync(0, "new"));
        }

        clock.Advance(TimeSpan.FromHours(2));
        await TestDeadline.UntilAsync(() => log.GetState(0).FirstSequence > 0, "the old segment is removed");
    }

    [Fact]
    public async Task Readers_and_retention_do_not_disturb_each_other()
    {
        var disk = new FaultDisk();
        await using var log = await disk.OpenAsync(o => o with { RetentionBytes = 2 * LogFixture.Options.SegmentBytes });
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                using var batch = await log.ReadAsync(0, 0, 64 << 10, CancellationToken.None);
                foreach (var record in batch.Records)
                {
                    Assert.Equal(new string('x', 4_000), Encoding.UTF8.GetString(record.Data.Span));
                }

                reads++;
            }
        })).ToArray();
        using var probe = new AppendProbe(log);
        await FillAsync(probe, 2_000);
        await done.CancelAsync();
        await Task.WhenAll(readers).WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.Equal(0, log.Statistics.DamagedPlaces);
    }

    private static async Task FillAsync(AppendProbe probe, int records)
    {
        for (var i = 0; i < records; i++)
        {
            await probe.StageAsync(0, Encoding.UTF8.GetBytes(new string('x', 4_000)));
        }

        Assert.True(await probe.SettledAsync());
    }
}
