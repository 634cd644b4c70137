using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;
using Nave.Storage.Files;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Hub.Tests.Telemetry;

public sealed class EventRelayTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private SegmentLog? _log;
    private SqliteStateStore? _store;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_reach_the_log_in_order_and_leave_the_outbox()
    {
        await OpenAsync();
        await PublishAsync(1, 2500);
        await using (var relay = Relay(_log!))
        {
            await TestDeadline.UntilAsync(() => relay.Relayed == 2500, "all are relayed");
            await PublishAsync(2501, 2600);
            await TestDeadline.UntilAsync(() => relay.Relayed == 2600, "later ones are relayed too");
        }

        Assert.Equal(Enumerable.Range(1, 2600), await ReadAsync());
        Assert.Empty(await _store!.ReadOutboxAsync(0, 10, Cancellation));
    }

    [Fact]
    public async Task A_crash_between_append_and_removal_repeats_nothing()
    {
        await OpenAsync();
        await PublishAsync(1, 100);
        var entries = await _store!.ReadOutboxAsync(0, 60, Cancellation);
        await _log!.AppendOutboxAsync([.. entries.Select(e => new OutboxRecord(e.Sequence, 0, e.Body))], Cancellation);
        await using (var relay = Relay(_log))
        {
            await TestDeadline.UntilAsync(() => relay.Relayed == 100, "the rest is relayed");
        }

        Assert.Equal(Enumerable.Range(1, 100), await ReadAsync());
        Assert.Empty(await _store.ReadOutboxAsync(0, 10, Cancellation));
    }

    [Fact]
    public async Task A_log_that_takes_no_writes_is_asked_again_later()
    {
        await OpenAsync();
        await PublishAsync(1, 5);
        var log = new FullLog(_log!) { IsFull = true };
        await using var relay = Relay(log);
        await TestDeadline.UntilAsync(() => log.Refused >= 1, "the log refused");
        Assert.Equal(0, relay.Relayed);
        log.IsFull = false;
        await TestDeadline.UntilAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return relay.Relayed == 5;
            },
            "all are relayed once there is room");
        Assert.Equal(Enumerable.Range(1, 5), await ReadAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _store!.DisposeAsync();
        await _log!.DisposeAsync();
        _folder.Dispose();
    }

    private EventRelay Relay(IEventLog log) => new(_store!, log, _clock, NullLogger<EventRelay>.Instance);

    private async Task OpenAsync()
    {
        _log = await SegmentLog.OpenAsync(
            new SegmentLogOptions(_folder.File("log")) { SegmentBytes = 4 << 20, StagingBytes = 1 << 20 }, cancellationToken: Cancellation);
        _store = await SqliteStateStore.OpenAsync(new SqliteStateOptions { Path = _folder.File("state.db") }, NullLogger.Instance, Cancellation);
    }

    private async Task PublishAsync(int first, int last)
    {
        var transaction = new StateTransaction();
        var header = EventHeader.Create(EventSource.TwinChange, new IdentityId("d"), "1", string.Empty);
        for (var i = first; i <= last; i++)
        {
            transaction.Publish("0", EventRecord.Encode(header, default, Encoding.UTF8.GetBytes($"{i}")));
        }

        await _store!.CommitAsync(transaction, Cancellation);
    }

    private async Task<List<int>> ReadAsync()
    {
        var reader = new EventReader(_log!);
        var read = new List<int>();
        while (await reader.ReadAsync(0, read.Count, 1 << 16, Cancellation) is { Count: > 0 } events)
        {
            read.AddRange(events.Select(e => int.Parse(e.Body.Span, System.Globalization.CultureInfo.InvariantCulture)));
        }

        return read;
    }

    /// <summary>A log whose disk is full for a while.</summary>
    private sealed class FullLog(IEventLog log) : IEventLog
    {
        private int _refused;

        public bool IsFull { get; set; }

        public int Refused => Volatile.Read(ref _refused);

        public bool Available => !IsFull;

        public int PartitionCount => log.PartitionCount;

        public long LastOutboxSequence => log.LastOutboxSequence;

        public Task AppendOutboxAsync(IReadOnlyList<OutboxRecord> records, CancellationToken cancellationToken)
        {
            if (!IsFull)
            {
                return log.AppendOutboxAsync(records, cancellationToken);
            }

            Interlocked.Increment(ref _refused);
            throw new StorageUnavailableException("The disk is full.", isTransient: true);
        }

        public ILogAppender CreateAppender(Action? batchCompleted = null) => log.CreateAppender(batchCompleted);

        public LogPartitionState GetState(int partition) => log.GetState(partition);

        public ValueTask<LogBatch> ReadAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken) =>
            log.ReadAsync(partition, fromSequence, maxBytes, cancellationToken);

        public ValueTask WaitForAsync(int partition, long sequence, CancellationToken cancellationToken) => log.WaitForAsync(partition, sequence, cancellationToken);

        public long FindByTime(int partition, DateTimeOffset time) => log.FindByTime(partition, time);

        public long FindByOffset(int partition, long offset) => log.FindByOffset(partition, offset);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
