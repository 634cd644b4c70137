namespace Nave.Fleet.Sync.Hosting;

/// <summary>What <c>nave sync serve</c> prints when it is ready, in one line.</summary>
public sealed record SyncReady
{
    /// <summary>Gets a value indicating whether it is ready: always.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>Gets the name of the sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Gets the hub's host name.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets the name of the provider.</summary>
    public required string Provider { get; init; }

    /// <summary>Gets who is the master: <c>external</c>, <c>hub</c> or <c>both</c>.</summary>
    public required string Master { get; init; }

    /// <summary>Gets where it listens.</summary>
    public required Uri Url { get; init; }

    /// <summary>Gets the address for Event Grid; <see langword="null"/> = no webhook.</summary>
    public Uri? Webhook { get; init; }

    /// <summary>Gets the address of the façade; <see langword="null"/> = it is off.</summary>
    public Uri? Facade { get; init; }

    /// <summary>Gets a value indicating whether the hub's own events are read.</summary>
    public bool Events { get; init; }

    /// <summary>Gets the schedule; <see langword="null"/> = none.</summary>
    public string? Schedule { get; init; }

    /// <summary>Gets when it runs next.</summary>
    public DateTimeOffset? NextRun { get; init; }

    /// <summary>Gets the process id.</summary>
    public required int ProcessId { get; init; }
}
