using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>How a sync is doing: what <c>nave sync status</c> shows.</summary>
public sealed record SyncStatus
{
    /// <summary>Gets the name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Gets the hub's host name.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets the name of the provider.</summary>
    public required string Provider { get; init; }

    /// <summary>Gets who is the master: <c>external</c>, <c>hub</c> or <c>both</c>.</summary>
    public required string Master { get; init; }

    /// <summary>Gets a value indicating whether <c>nave sync serve</c> runs on the store.</summary>
    public bool Serving { get; init; }

    /// <summary>Gets how many devices wait or are worked on.</summary>
    public long QueueDepth { get; init; }

    /// <summary>Gets how many of them are worked on now.</summary>
    public int InWork { get; init; }

    /// <summary>Gets the devices that are due next, ten at most.</summary>
    public IReadOnlyList<SyncWaiting> Next { get; init; } = [];

    /// <summary>Gets how many devices were given up.</summary>
    public long Dead { get; init; }

    /// <summary>Gets the last run; <see langword="null"/> if there was none.</summary>
    public SyncRun? LastRun { get; init; }

    /// <summary>Gets who runs on the hub now; <see langword="null"/> = nobody.</summary>
    public SyncLease? Lease { get; init; }

    /// <summary>Gets when the schedule runs next; <see langword="null"/> = it does not.</summary>
    public DateTimeOffset? NextRun { get; init; }

    /// <summary>Gets how reading the hub's events goes; <see langword="null"/> = they are not read.</summary>
    public SyncEventsStatus? Events { get; init; }
}
