namespace Nave.Fleet.Sync.Work;

/// <summary>Work that was given up, kept until somebody retries or discards it, or until the device is done after all.</summary>
internal sealed record DeadLetter
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets what was to be done.</summary>
    public required WorkOperation Operation { get; init; }

    /// <summary>Gets what it waited for.</summary>
    public required WorkPhase Phase { get; init; }

    /// <summary>Gets how often it failed in that phase.</summary>
    public required int Attempts { get; init; }

    /// <summary>Gets when the first event came.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Gets when it was given up.</summary>
    public required DateTimeOffset FailedTime { get; init; }

    /// <summary>Gets why.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets a value indicating whether no retry would have helped: then it was given up at once.</summary>
    public required bool Permanent { get; init; }
}
