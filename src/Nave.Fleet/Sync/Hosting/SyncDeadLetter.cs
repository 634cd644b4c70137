namespace Nave.Fleet.Sync.Hosting;

/// <summary>Work that was given up: what <c>nave sync dead list</c> shows.</summary>
public sealed record SyncDeadLetter
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets what was to be done: <c>create</c> or <c>delete</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Gets what it waited for: <c>twinCheck</c> or <c>externalCall</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>Gets how often it failed in that phase.</summary>
    public required int Attempts { get; init; }

    /// <summary>Gets when the first event came.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Gets when it was given up.</summary>
    public required DateTimeOffset FailedTime { get; init; }

    /// <summary>Gets why.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets a value indicating whether no retry would have helped.</summary>
    public required bool Permanent { get; init; }
}
