namespace Nave.Storage;

/// <summary>
/// A durable store of opaque documents in named collections, ordered by key (ordinal UTF-8), with atomic transactions,
/// optimistic concurrency, an index over the terms that a document declares, and an outbox. What is read is what was
/// committed last, never a lagging copy. Any thread may call it; <see cref="StateLimits"/> says what it takes, and what
/// is beyond that ends in <see cref="ArgumentException"/> before anything is done.
/// </summary>
public interface IStateStore : IAsyncDisposable
{
    /// <summary>Gets a value indicating whether the store takes writes: false while the disk is full or once it has failed.</summary>
    bool Available { get; }

    /// <summary>Reads one document, or <see langword="null"/>.</summary>
    /// <exception cref="StorageUnavailableException">The disk could not be read.</exception>
    ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken);

    /// <summary>
    /// Streams documents in key order, in constant memory. It is no snapshot: a document that changes meanwhile is yielded
    /// at most once, as it was at some moment of the scan. The loop may read, write and take its time.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The disk could not be read.</exception>
    IAsyncEnumerable<StateDocument> ScanAsync(StateScan scan, CancellationToken cancellationToken);

    /// <summary>Counts the documents that a scan would yield. It walks the index: some millions a second.</summary>
    /// <exception cref="StorageUnavailableException">The disk could not be read.</exception>
    ValueTask<long> CountAsync(StateScan scan, CancellationToken cancellationToken);

    /// <summary>
    /// Applies all writes of a transaction or none. Transactions of many callers share one durable commit. Expectations are
    /// about the state before the transaction; a document that it writes twice is left as the last write says.
    /// </summary>
    /// <param name="transaction">The writes. Neither it nor its bodies may change until the task ends.</param>
    /// <param name="cancellationToken">
    /// Withdraws a transaction that is not being applied yet: then nothing was written. Later it has no effect, and the
    /// task ends with what really became of it.
    /// </param>
    /// <returns>The outcome; durable once the task ends.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full (nothing was written) or has failed.</exception>
    ValueTask<StateOutcome> CommitAsync(StateTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Reads entries of the outbox in order.</summary>
    /// <param name="afterSequence">The sequence after which to start, 0 for the first.</param>
    /// <param name="maxCount">The most entries to read, 1 or more.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="StorageUnavailableException">The disk could not be read.</exception>
    ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the entries up to and including <paramref name="sequence"/>; their numbers are never used again. A sequence
    /// beyond the last forgets what is there, not what will come.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The disk is full or has failed; the entries may come again.</exception>
    ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>Waits until the outbox holds an entry after <paramref name="afterSequence"/>.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed meanwhile.</exception>
    ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken);
}
