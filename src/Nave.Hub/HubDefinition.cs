using Nave.Hub.Telemetry;

namespace Nave.Hub;

/// <summary>What a new hub is to be.</summary>
public sealed record HubDefinition
{
    /// <summary>Gets the host name; its first label is the hub's name.</summary>
    public required string HostName { get; init; }

    /// <summary>
    /// Gets other host names by which clients choose the hub too, 10 at most: a name that two hubs share, so that devices follow from one to
    /// the other without a change when DNS or a proxy does.
    /// </summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Gets a value indicating whether the hub stands by: it takes no devices, because the hub that it mirrors has them.</summary>
    public bool Standby { get; init; }

    /// <summary>Gets the number of partitions, 1 to 32. Default 4, as Azure's S tiers.</summary>
    public int Partitions { get; init; } = 4;

    /// <summary>Gets the tier whose limits hold: F1, B1 to B3, S1 to S3 or unlimited (the default).</summary>
    public string Tier { get; init; } = "unlimited";

    /// <summary>Gets how long events are kept; <see langword="null"/> = no limit by age. Default 1 day, as Azure's.</summary>
    public TimeSpan? RetentionTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Gets how many bytes of events are kept, at least 64 MiB; <see langword="null"/> = no limit by size.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>Gets how many events a second one device may send, so that it cannot starve the rest; <see langword="null"/> (the default) = no limit.</summary>
    public int? DeviceSendsPerSecond { get; init; }

    /// <summary>Gets which events besides telemetry go to the event stream. Default all; Azure's is none until a route asks.</summary>
    public HubEventSources EventSources { get; init; } = HubEventSources.All;
}
