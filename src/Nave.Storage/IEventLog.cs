namespace Nave.Storage;

/// <summary>
/// A durable, append-only log of opaque records in a fixed number of partitions. Within a partition records have
/// sequence numbers 0, 1, 2, … without a gap, and byte offsets that only grow; neither ever changes its meaning.
/// </summary>
public interface IEventLog : IAsyncDisposable
{
    /// <summary>Gets the number of partitions, 1 to 32, fixed when the log was created.</summary>
    int PartitionCount { get; }

    /// <summary>Gets the highest outbox sequence that is durable in this log, 0 if none: see <see cref="OutboxRecord"/>.</summary>
    long LastOutboxSequence { get; }

    /// <summary>Gets a value indicating whether the log takes writes: false while the disk is full or once it has failed.</summary>
    bool Available { get; }

    /// <summary>Opens a staging area for one producer (an I/O loop, or a group of callers that share one).</summary>
    /// <param name="batchCompleted">
    /// Called on the commit thread after the observers of one commit have been told, so that a head can write all its
    /// acknowledgements at once. Must neither block nor throw.
    /// </param>
    ILogAppender CreateAppender(Action? batchCompleted = null);

    /// <summary>Appends records of the outbox, each exactly once: those at or below <see cref="LastOutboxSequence"/> are skipped.</summary>
    /// <returns>A task that ends when all are durable.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full or has failed.</exception>
    Task AppendOutboxAsync(IReadOnlyList<OutboxRecord> records, CancellationToken cancellationToken);

    /// <summary>Gets what a partition holds now. Only durable records count.</summary>
    LogPartitionState GetState(int partition);

    /// <summary>Reads durable records from <paramref name="fromSequence"/> on; an empty batch means the end is reached.</summary>
    /// <param name="partition">The partition, 0 to <see cref="PartitionCount"/> - 1.</param>
    /// <param name="fromSequence">The first sequence number wanted; one that retention has removed means the first kept.</param>
    /// <param name="maxBytes">About how much to read; at least one record is returned if there is one.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<LogBatch> ReadAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Waits until the partition holds a durable record with <paramref name="sequence"/> or a later one.</summary>
    ValueTask WaitForAsync(int partition, long sequence, CancellationToken cancellationToken);

    /// <summary>Finds the first record whose enqueued time is at or after <paramref name="time"/>; the next to come if there is none.</summary>
    long FindByTime(int partition, DateTimeOffset time);

    /// <summary>Finds the first record whose offset is at or after <paramref name="offset"/>; the next to come if there is none.</summary>
    long FindByOffset(int partition, long offset);
}
