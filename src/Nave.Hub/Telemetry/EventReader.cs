using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Reads the event stream of one hub, partition by partition. Thread-safe.</summary>
public sealed class EventReader
{
    private readonly IEventLog _log;
    private readonly EventOriginCache _origins = new();

    /// <summary>Initializes a new instance of the <see cref="EventReader"/> class.</summary>
    /// <param name="log">What to read.</param>
    internal EventReader(IEventLog log) => _log = log;

    /// <summary>Gets the number of partitions.</summary>
    public int PartitionCount => _log.PartitionCount;

    /// <summary>Gets what a partition holds.</summary>
    public LogPartitionState GetState(int partition) => _log.GetState(partition);

    /// <summary>Reads events from a sequence number on; an empty list means the end is reached.</summary>
    /// <exception cref="InvalidDataException">A record is of a version that this program does not know.</exception>
    public async ValueTask<IReadOnlyList<StoredEvent>> ReadAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken)
    {
        using var batch = await _log.ReadAsync(partition, fromSequence, maxBytes, cancellationToken).ConfigureAwait(false);
        return Decode(partition, batch.Records);
    }

    /// <summary>
    /// Reads events from a sequence number on, without copying them: for those who pass them on at once. An empty batch means the end
    /// is reached; one that retention has removed means the first kept.
    /// </summary>
    public ValueTask<EventBatch> ReadBatchAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken)
    {
        // Usually what was written last, which is there at once.
        var read = _log.ReadAsync(partition, fromSequence, maxBytes, cancellationToken);
        return read.IsCompletedSuccessfully ? new(new EventBatch(partition, read.Result, _origins)) : AwaitBatchAsync(partition, read);
    }

    /// <summary>Reads events as they are stored (docs/formats/events.md), from a sequence number on; an empty batch means the end is reached.</summary>
    public ValueTask<LogBatch> ReadRecordsAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken) =>
        _log.ReadAsync(partition, fromSequence, maxBytes, cancellationToken);

    /// <summary>Waits until the partition holds an event with this sequence number or a later one.</summary>
    public ValueTask WaitForAsync(int partition, long sequence, CancellationToken cancellationToken) => _log.WaitForAsync(partition, sequence, cancellationToken);

    /// <summary>Finds the first event enqueued at or after a time; the next to come if there is none.</summary>
    public long FindByTime(int partition, DateTimeOffset time) => _log.FindByTime(partition, time);

    /// <summary>Finds the first event at or after an offset; the next to come if there is none.</summary>
    public long FindByOffset(int partition, long offset) => _log.FindByOffset(partition, offset);

    /// <summary>Finds where a reader begins.</summary>
    /// <returns>The first sequence number; or 400004, if the position lies behind the end, where nothing can be told apart yet.</returns>
    public HubResult<long> Resolve(int partition, EventPosition position)
    {
        var state = _log.GetState(partition);
        switch (position.Kind)
        {
            case EventPositionKind.Latest:
                return state.NextSequence;
            case EventPositionKind.Offset when position.Value > state.LastOffset + (position.IsInclusive ? 1 : 0):
                return new HubError(
                    HubErrorCode.ArgumentInvalid,
                    $"The supplied offset '{position.Value}' is invalid. The last offset in the system is '{state.LastOffset}'");
            case EventPositionKind.Offset:
                return FindByOffset(partition, position.IsInclusive ? position.Value : position.Value + 1);
            case EventPositionKind.SequenceNumber when position.Value > state.NextSequence - (position.IsInclusive ? 0 : 1):
                return new HubError(
                    HubErrorCode.ArgumentInvalid,
                    $"The supplied sequence number '{position.Value}' is invalid. The last sequence number in the system is '{state.NextSequence - 1}'");
            case EventPositionKind.SequenceNumber:
                return Math.Max(state.FirstSequence, position.IsInclusive ? position.Value : position.Value + 1);
            case EventPositionKind.Enqueued:
                return FindByTime(partition, TimeOf(position.IsInclusive ? position.Value : position.Value + 1));
            default:
                return state.FirstSequence;
        }
    }

    // What no clock can show stands for the nearest that it can.
    private static DateTimeOffset TimeOf(long unixMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
        unixMilliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    private async ValueTask<EventBatch> AwaitBatchAsync(int partition, ValueTask<LogBatch> read) =>
        new(partition, await read.ConfigureAwait(false), _origins);

    private StoredEvent[] Decode(int partition, IReadOnlyList<LogRecord> records)
    {
        // What is returned outlives the batch, so it is copied: many records share one block, which stays below the large object heap.
        var events = new StoredEvent[records.Count];
        var block = new EventBlock();
        for (var i = 0; i < events.Length; i++)
        {
            var record = records[i];
            if (!EventRecord.TrySplit(record.Data.Span, out var headerLength, out var properties, out var bodyStart)
                || _origins.Find(record.Data.Span[..headerLength]) is not { } origin)
            {
                throw EventRecord.Unknown(partition, record.SequenceNumber);
            }

            // The header is in the origin already; only properties and body are kept.
            var skipped = properties.Start.Value;
            var data = block.Copy(record.Data.Span[skipped..], records, i);
            var encoded = data[..(bodyStart - skipped)];
            events[i] = new StoredEvent(
                partition,
                record.SequenceNumber,
                record.Offset,
                record.Enqueued,
                origin.Source,
                origin.Device,
                origin.GenerationId,
                origin.AuthMethod,
                encoded.IsEmpty ? EventProperties.Empty : new EventProperties(encoded),
                data[(bodyStart - skipped)..]);
        }

        return events;
    }
}
