using Nave.Storage;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>A store whose n-th commit fails, before or after it was applied: what a process sees that is killed there.</summary>
internal sealed class FailingStore(IStateStore store, int failAt, bool afterwards) : IStateStore
{
    private int _commits;

    public bool HasFailed => Volatile.Read(ref _commits) >= failAt;

    public bool Available => !HasFailed && store.Available;

    public async ValueTask<StateOutcome> CommitAsync(StateTransaction transaction, CancellationToken cancellationToken)
    {
        // Who is dead stays dead.
        var number = Interlocked.Increment(ref _commits);
        if (number == failAt && afterwards)
        {
            await store.CommitAsync(transaction, cancellationToken);
        }

        return number < failAt ? await store.CommitAsync(transaction, cancellationToken) : throw new StorageUnavailableException("Killed.", isTransient: false);
    }

    public ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken) => store.ReadAsync(collection, key, cancellationToken);

    public IAsyncEnumerable<StateDocument> ScanAsync(StateScan scan, CancellationToken cancellationToken) => store.ScanAsync(scan, cancellationToken);

    public ValueTask<long> CountAsync(StateScan scan, CancellationToken cancellationToken) => store.CountAsync(scan, cancellationToken);

    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        store.ReadOutboxAsync(afterSequence, maxCount, cancellationToken);

    public ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken) => store.RemoveOutboxAsync(sequence, cancellationToken);

    public ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken) => store.WaitForOutboxAsync(afterSequence, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
