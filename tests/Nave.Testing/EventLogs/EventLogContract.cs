using System.Text;
using Nave.Storage;
using Xunit;

namespace Nave.Testing.EventLogs;

/// <summary>What every <see cref="IEventLog"/> must do. A test class for an engine derives from it and opens the engine.</summary>
public abstract class EventLogContract
{
    /// <summary>Gets the clock that the log was given.</summary>
    protected ManualClock Clock { get; } = new();

    /// <summary>Opens the log of this test, which is new at first; opening it again, after it was disposed of, shows what it holds.</summary>
    protected abstract Task<IEventLog> OpenAsync(int partitionCount);

    [Fact]
    public async Task A_new_log_is_empty()
    {
        await using var log = await OpenAsync(4);
        Assert.Equal(4, log.PartitionCount);
        Assert.Equal(0, log.LastOutboxSequence);
        for (var p = 0; p < 4; p++)
        {
            Assert.Equal(new LogPartitionState(0, 0, -1, DateTimeOffset.MinValue), log.GetState(p));
            Assert.Empty(await log.ReadTextAsync(p));
            Assert.Equal(0, log.FindByTime(p, DateTimeOffset.MinValue));
            Assert.Equal(0, log.FindByOffset(p, 0));
        }
    }

    [Fact]
    public async Task Records_are_read_as_they_were_appended()
    {
        await using var log = await OpenAsync(4);
        using var probe = new AppendProbe(log);
        Assert.True(await probe.AppendAsync(1, "a", "", "bb"));
        Assert.True(await probe.AppendAsync(3, "c"));
        Assert.Equal(["a", "", "bb"], await log.ReadTextAsync(1));
        Assert.Equal(["c"], await log.ReadTextAsync(3));
        Assert.Empty(await log.ReadTextAsync(0));
        Assert.Equal(["bb"], await log.ReadTextAsync(1, from: 2));
    }

    [Fact]
    public async Task Sequence_numbers_have_no_gap_and_offsets_grow_in_every_partition()
    {
        await using var log = await OpenAsync(4);
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 1_000; i++)
        {
            await probe.StageAsync(i % 3, new byte[i]);
        }

        Assert.True(await probe.SettledAsync());
        for (var p = 0; p < 3; p++)
        {
            var records = await log.ReadAllAsync(p);
            Assert.Equal(Enumerable.Range(0, records.Count).Select(i => (long)i), records.Select(r => r.Sequence));
            Assert.Equal(records.Select(r => r.Offset).Order().Distinct(), records.Select(r => r.Offset));
            Assert.Equal(0, records[0].Offset);
            var state = log.GetState(p);
            Assert.Equal(records.Count, state.NextSequence);
            Assert.Equal(records[^1].Offset, state.LastOffset);
        }
    }

    [Fact]
    public async Task Observers_are_told_in_append_order_before_the_batch_is_completed()
    {
        await using var log = await OpenAsync(4);
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 500; i++)
        {
            await probe.StageAsync(i % 4, Encoding.UTF8.GetBytes($"{i}"));
        }

        Assert.True(await probe.SettledAsync());
        Assert.Equal(Enumerable.Range(0, 500).Select(i => ((long)i, true)), probe.Outcomes);
        Assert.True(probe.Batches > 0);
    }

    [Fact]
    public async Task What_was_acknowledged_can_be_read_at_once()
    {
        await using var log = await OpenAsync(1);
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 50; i++)
        {
            Assert.True(await probe.AppendAsync(0, $"{i}"));
            Assert.Equal([$"{i}"], await log.ReadTextAsync(0, from: i));
        }
    }

    [Fact]
    public async Task A_reopened_log_goes_on_where_it_was()
    {
        LogPartitionState before;
        await using (var log = await OpenAsync(2))
        {
            using var probe = new AppendProbe(log);
            Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.True(await probe.AppendAsync(1, "a", "b"));
            before = log.GetState(1);
        }

        await using (var log = await OpenAsync(2))
        {
            Assert.Equal(before, log.GetState(1));
            Assert.Equal(Clock.GetUtcNow(), before.LastEnqueued);
            using var probe = new AppendProbe(log);
            Assert.True(await probe.AppendAsync(1, "c"));
            Assert.True(await probe.AppendAsync(0, "d"));
        }

        await using (var log = await OpenAsync(2))
        {
            Assert.Equal(["a", "b", "c"], await log.ReadTextAsync(1));
            Assert.Equal(["d"], await log.ReadTextAsync(0));
            Assert.Equal([0L, 1, 2], (await log.ReadAllAsync(1)).Select(r => r.Sequence));
        }
    }

    [Fact]
    public async Task What_is_staged_when_the_log_is_closed_is_committed()
    {
        AppendProbe probe;
        await using (var log = await OpenAsync(1))
        {
            probe = new AppendProbe(log);
            for (var i = 0; i < 100; i++)
            {
                await probe.StageAsync(0, Encoding.UTF8.GetBytes($"{i}"));
            }
        }

        Assert.True(await probe.SettledAsync());
        Assert.False(probe.Appender.Available);
        Assert.False(probe.TryStage(0, "late"u8));
        await using var again = await OpenAsync(1);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), await again.ReadTextAsync(0));
    }

    [Fact]
    public async Task An_existing_log_keeps_its_number_of_partitions()
    {
        await using (var log = await OpenAsync(3))
        {
            Assert.Equal(3, log.PartitionCount);
        }

        await using var again = await OpenAsync(8);
        Assert.Equal(3, again.PartitionCount);
    }

    [Fact]
    public async Task Records_are_found_by_time_even_when_the_clock_has_stepped_back()
    {
        await using var log = await OpenAsync(1);
        using var probe = new AppendProbe(log);
        var start = Clock.GetUtcNow();
        foreach (var minute in new[] { 0, 1, 5, 2, 3, 6 })
        {
            Clock.SetWallClock(start.AddMinutes(minute));
            Assert.True(await probe.AppendAsync(0, $"{minute}"));
        }

        // The first record at or after the time, in sequence order.
        Assert.Equal(0, log.FindByTime(0, start.AddDays(-1)));
        Assert.Equal(0, log.FindByTime(0, start));
        Assert.Equal(1, log.FindByTime(0, start.AddTicks(1)));
        Assert.Equal(1, log.FindByTime(0, start.AddMinutes(1)));
        Assert.Equal(2, log.FindByTime(0, start.AddMinutes(2)));
        Assert.Equal(2, log.FindByTime(0, start.AddMinutes(5)));
        Assert.Equal(5, log.FindByTime(0, start.AddMinutes(5.5)));
        Assert.Equal(6, log.FindByTime(0, start.AddMinutes(7)));
        Assert.Equal(start.AddMinutes(2), (await log.ReadAllAsync(0))[3].Enqueued);
    }

    [Fact]
    public async Task Records_are_found_by_offset()
    {
        await using var log = await OpenAsync(2);
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 300; i++)
        {
            await probe.StageAsync(1, new byte[i % 7]);
        }

        Assert.True(await probe.SettledAsync());
        var records = await log.ReadAllAsync(1);
        foreach (var record in records)
        {
            Assert.Equal(record.Sequence, log.FindByOffset(1, record.Offset));
            Assert.Equal(record.Sequence + 1, log.FindByOffset(1, record.Offset + 1));
        }

        Assert.Equal(0, log.FindByOffset(1, -1));
        Assert.Equal(300, log.FindByOffset(1, long.MaxValue));
    }

    [Fact]
    public async Task A_reader_waits_for_the_record_it_wants()
    {
        await using var log = await OpenAsync(2);
        using var probe = new AppendProbe(log);
        var first = log.WaitForAsync(1, 0, CancellationToken.None).AsTask();
        var third = log.WaitForAsync(1, 2, CancellationToken.None).AsTask();
        Assert.True(await probe.AppendAsync(0, "other"));
        Assert.False(first.IsCompleted);
        Assert.True(await probe.AppendAsync(1, "a"));
        await first.WaitAsync(TestDeadline.Default);
        Assert.False(third.IsCompleted);
        Assert.True(await probe.AppendAsync(1, "b", "c"));
        await third.WaitAsync(TestDeadline.Default);
        Assert.True(log.WaitForAsync(1, 1, CancellationToken.None).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        await using var log = await OpenAsync(1);
        using var source = new CancellationTokenSource();
        var wait = log.WaitForAsync(0, 0, source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Fact]
    public async Task A_wait_ends_when_the_log_is_closed()
    {
        Task wait;
        await using (var log = await OpenAsync(1))
        {
            wait = log.WaitForAsync(0, 0, CancellationToken.None).AsTask();
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait);
    }

    [Fact]
    public async Task A_read_returns_about_as_much_as_asked_for_and_at_least_one_record()
    {
        await using var log = await OpenAsync(1);
        using var probe = new AppendProbe(log);
        for (var i = 0; i < 2_000; i++)
        {
            await probe.StageAsync(0, new byte[1_000]);
        }

        Assert.True(await probe.SettledAsync());
        using var one = await log.ReadAsync(0, 5, 1, CancellationToken.None);
        Assert.True(one.Records.Count >= 1);
        Assert.Equal(5, one.Records[0].SequenceNumber);
        Assert.Equal(5 + one.Records.Count, one.NextSequence);
        using var some = await log.ReadAsync(0, 0, 500_000, CancellationToken.None);
        Assert.InRange(some.Records.Count, 1, 1_000);
        using var end = await log.ReadAsync(0, 2_000, 500_000, CancellationToken.None);
        Assert.Empty(end.Records);
        Assert.Equal(2_000, end.NextSequence);
    }

    [Fact]
    public async Task Outbox_records_are_appended_exactly_once()
    {
        await using (var log = await OpenAsync(2))
        {
            await log.AppendOutboxAsync([Outbox(1, 0), Outbox(2, 1), Outbox(5, 0)], CancellationToken.None);
            Assert.Equal(5, log.LastOutboxSequence);
            await log.AppendOutboxAsync([Outbox(2, 1), Outbox(5, 0), Outbox(6, 1)], CancellationToken.None);
            await log.AppendOutboxAsync([], CancellationToken.None);
            Assert.Equal(6, log.LastOutboxSequence);
        }

        await using (var log = await OpenAsync(2))
        {
            Assert.Equal(6, log.LastOutboxSequence);
            await log.AppendOutboxAsync([Outbox(6, 1), Outbox(7, 1)], CancellationToken.None);
            Assert.Equal(["1", "5"], await log.ReadTextAsync(0));
            Assert.Equal(["2", "6", "7"], await log.ReadTextAsync(1));
        }
    }

    [Fact]
    public async Task Concurrent_outbox_callers_store_each_record_once()
    {
        await using var log = await OpenAsync(1);
        var all = Enumerable.Range(1, 200).Select(i => Outbox(i, 0)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => log.AppendOutboxAsync(all, CancellationToken.None))));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => $"{i}"), await log.ReadTextAsync(0));
    }

    [Fact]
    public async Task Outbox_sequences_out_of_order_are_refused()
    {
        await using var log = await OpenAsync(1);
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendOutboxAsync([Outbox(2, 0), Outbox(1, 0)], CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendOutboxAsync([Outbox(0, 0)], CancellationToken.None));
    }

    [Fact]
    public async Task Unknown_partitions_are_refused()
    {
        await using var log = await OpenAsync(2);
        using var appender = log.CreateAppender();
        Assert.Throws<ArgumentOutOfRangeException>(() => appender.TryAppend(2, default, default, null, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => appender.TryAppend(-1, default, default, null, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.GetState(2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.ReadAsync(2, 0, 1, CancellationToken.None));
    }

    [Fact]
    public async Task Several_producers_and_readers_work_at_the_same_time()
    {
        const int Producers = 4;
        const int Each = 3_000;
        await using var log = await OpenAsync(3);
        var reads = Enumerable.Range(0, 3).Select(p => Task.Run(async () =>
        {
            var read = new List<string>();
            while (read.Count < Producers * Each / 3)
            {
                await log.WaitForAsync(p, read.Count, CancellationToken.None).AsTask().WaitAsync(TestDeadline.Default);
                read.AddRange(await log.ReadTextAsync(p, read.Count, 32 << 10));
            }

            return read;
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            using var probe = new AppendProbe(log);
            for (var i = 0; i < Each; i++)
            {
                await probe.StageAsync(i % 3, Encoding.UTF8.GetBytes($"{producer}:{i}"));
            }

            Assert.True(await probe.SettledAsync());
        })));

        var all = await Task.WhenAll(reads);
        for (var p = 0; p < 3; p++)
        {
            for (var producer = 0; producer < Producers; producer++)
            {
                var own = all[p].Where(text => text.StartsWith($"{producer}:", StringComparison.Ordinal)).ToArray();
                Assert.Equal(Enumerable.Range(0, Each).Where(i => i % 3 == p).Select(i => $"{producer}:{i}"), own);
            }
        }
    }

    private static OutboxRecord Outbox(long sequence, int partition) => new(sequence, partition, Encoding.UTF8.GetBytes($"{sequence}"));
}
