using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>Events that were read together, still in the log's memory. Disposing it gives the memory back.</summary>
public sealed class EventBatch : IDisposable
{
    private readonly LogBatch _batch;
    private readonly IReadOnlyList<LogRecord> _records;
    private readonly EventOriginCache _origins;
    private readonly int _partition;

    internal EventBatch(int partition, LogBatch batch, EventOriginCache origins)
    {
        _partition = partition;
        _batch = batch;
        _records = batch.Records;
        _origins = origins;
        Count = _records.Count;
    }

    /// <summary>Gets the number of events; 0 = the end is reached.</summary>
    public int Count { get; }

    /// <summary>Gets where the next read goes on.</summary>
    public long NextSequence => _batch.NextSequence;

    /// <summary>Gets one event.</summary>
    /// <exception cref="InvalidDataException">The record is of a version that this program does not know.</exception>
    public EventView this[int index]
    {
        get
        {
            var record = _records[index];
            var data = record.Data.Span;
            if (!EventRecord.TrySplit(data, out var headerLength, out var properties, out var bodyStart)
                || _origins.Find(data[..headerLength]) is not { } origin)
            {
                throw EventRecord.Unknown(_partition, record.SequenceNumber);
            }

            return new EventView
            {
                SequenceNumber = record.SequenceNumber,
                Offset = record.Offset,
                Enqueued = record.Enqueued,
                Origin = origin,
                Properties = data[properties],
                Body = data[bodyStart..],
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();
}
