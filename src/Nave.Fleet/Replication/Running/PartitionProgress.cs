namespace Nave.Fleet.Replication.Running;

/// <summary>What a partition's worker has done, for whoever looks on. Written by one, read by any.</summary>
internal sealed class PartitionProgress
{
    private long _sequence = -1;
    private long _enqueuedTicks;

    /// <summary>Gets the sequence number of the last event that is in the target.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Gets when the stream took that event; <see langword="null"/> if there was none.</summary>
    public DateTimeOffset? Enqueued => Interlocked.Read(ref _enqueuedTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Moved(long sequence, DateTimeOffset? enqueued)
    {
        Interlocked.Exchange(ref _enqueuedTicks, enqueued?.UtcTicks ?? 0);
        Interlocked.Exchange(ref _sequence, sequence);
    }
}
