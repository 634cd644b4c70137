namespace Nave.Fleet.Sync.Work;

/// <summary>How the queue of work is kept.</summary>
internal sealed record WorkQueueOptions
{
    /// <summary>Gets the name of the sync: several may share a store, each with a queue of its own. Without a slash.</summary>
    public required string Sync { get; init; }

    /// <summary>Gets the most items, 1 to 10,000,000; when it is full, senders are told to come again. Default 1,000,000: a hub's devices.</summary>
    public int Capacity { get; init; } = 1_000_000;

    /// <summary>
    /// Gets how long a worker has an item before another may take it, 1 s to 1 h; renewed while it works. Default 60 s: longer than a renewal
    /// that is late on a loaded machine.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);
}
