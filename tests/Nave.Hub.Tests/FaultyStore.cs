using Nave.Storage;

namespace Nave.Hub.Tests;

/// <summary>A store whose disk is full while the test says so; reads go on.</summary>
internal sealed class FaultyStore(IStateStore store) : IStateStore
{
    private volatile bool _isFull;

    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    public bool Available => !_isFull && store.Available;

    public ValueTask<StateOutcome> CommitAsync(StateTransaction transaction, CancellationToken cancellationToken) =>
        _isFull
            ? ValueTask.FromException<StateOutcome>(new StorageUnavailableException("The disk is full.", isTransient: true))
            : store.CommitAsync(transaction, cancellationToken);

    public ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken) => store.ReadAsync(collection, key, cancellationToken);

    public IAsyncEnumerable<StateDocument> ScanAsync(StateScan scan, CancellationToken cancellationToken) => store.ScanAsync(scan, cancellationToken);

    public ValueTask<long> CountAsync(StateScan scan, CancellationToken cancellationToken) => store.CountAsync(scan, cancellationToken);

    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        store.ReadOutboxAsync(afterSequence, maxCount, cancellationToken);

    public ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken) => store.RemoveOutboxAsync(sequence, cancellationToken);

    public ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken) => store.WaitForOutboxAsync(afterSequence, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
