namespace Nave.Storage;

/// <summary>
/// A durable store of opaque documents in named collections, ordered by key (ordinal UTF-8), with atomic transactions,
/// optimistic concurrency, an index over the terms that a document declares, and an outbox. What is read is what was
/// committed last, never a lagging copy.
/// </summary>
public interface IStateStore : IAsyncDisposable
{
    /// <summary>Reads one document, or <see langword="null"/>.</summary>
    ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken);

    /// <summary>Streams documents in key order, in constant memory.</summary>
    IAsyncEnumerable<StateDocument> ScanAsync(StateScan scan, CancellationToken cancellationToken);

    /// <summary>Counts the documents that a scan would yield.</summary>
    ValueTask<long> CountAsync(StateScan scan, CancellationToken cancellationToken);

    /// <summary>Applies all writes of a transaction or none. Transactions of many callers share one durable commit.</summary>
    /// <returns>The outcome; durable once the task ends.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full or has failed; nothing was written.</exception>
    ValueTask<StateOutcome> CommitAsync(StateTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Reads entries of the outbox in order.</summary>
    ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken);

    /// <summary>Forgets the entries up to and including <paramref name="sequence"/>; their numbers are never used again.</summary>
    ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>Waits until the outbox holds an entry after <paramref name="afterSequence"/>.</summary>
    ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken);
}
