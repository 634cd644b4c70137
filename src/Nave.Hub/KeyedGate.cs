namespace Nave.Hub;

/// <summary>
/// Lets one caller at a time work on a key; others wait in order of arrival. Keys without a caller take no memory.
/// </summary>
/// <typeparam name="TKey">The type of the keys.</typeparam>
internal sealed class KeyedGate<TKey>
    where TKey : notnull
{
    /// <summary>At most this many wait for one key; one more is turned away, so a flood for one key stays bounded.</summary>
    public const int MaxWaiters = 1024;

    private const int ShardCount = 64;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard())];

    /// <summary>Waits for the key.</summary>
    /// <returns><see langword="false"/> if too many wait already; else <see cref="Leave"/> must be called once.</returns>
    public ValueTask<bool> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shard = ShardOf(key);
        Waiter waiter;
        lock (shard)
        {
            if (!shard.Keys.TryGetValue(key, out var queue))
            {
                shard.Keys.Add(key, null);
                return ValueTask.FromResult(true);
            }

            if (queue is null)
            {
                shard.Keys[key] = queue = new Queue<Waiter>();
            }
            else if (queue.Count >= MaxWaiters)
            {
                return ValueTask.FromResult(false);
            }

            waiter = new Waiter();
            queue.Enqueue(waiter);
        }

        return new ValueTask<bool>(cancellationToken.CanBeCanceled ? WaitAsync(waiter, cancellationToken) : waiter.Task);
    }

    /// <summary>Hands the key to the next who waits.</summary>
    public void Leave(TKey key)
    {
        var shard = ShardOf(key);
        while (true)
        {
            Waiter? next = null;
            lock (shard)
            {
                if (shard.Keys[key] is not { } queue || !queue.TryDequeue(out next))
                {
                    shard.Keys.Remove(key);
                    return;
                }
            }

            // One that was cancelled meanwhile does not take it.
            if (next.TrySetResult(true))
            {
                return;
            }
        }
    }

    private static async Task<bool> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter).ConfigureAwait(false);
        return await waiter.Task.ConfigureAwait(false);
    }

    private Shard ShardOf(TKey key) => _shards[key.GetHashCode() & (ShardCount - 1)];

    private sealed class Shard
    {
        public Dictionary<TKey, Queue<Waiter>?> Keys { get; } = [];
    }

    private sealed class Waiter() : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
}
