namespace Nave.Fleet.Sync.Hosting;

/// <summary>A device in the queue.</summary>
public sealed record SyncWaiting
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets what the last event said: <c>create</c> or <c>delete</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Gets what it waits for: <c>twinCheck</c> or <c>externalCall</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>Gets how often it failed in this phase.</summary>
    public required int Attempts { get; init; }

    /// <summary>Gets when the first event came.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Gets when it is tried next.</summary>
    public required DateTimeOffset NextAttempt { get; init; }

    /// <summary>Gets why it failed last; <see langword="null"/> before the first failure.</summary>
    public string? Reason { get; init; }
}
