namespace Nave.Fleet.Recovery;

/// <summary>How a drill went.</summary>
public sealed record DrillReport
{
    /// <summary>Gets a value indicating whether nothing that was sent after the switch was lost, every device sends again and both registries are equal.</summary>
    public bool Passed { get; init; }

    /// <summary>Gets why it did not pass, for people.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Gets what the message ids of its events begin with.</summary>
    public required string Run { get; init; }

    /// <summary>Gets when the first device began to connect.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Gets when the last event was counted.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>Gets the host name of the hub that was active first.</summary>
    public required string Primary { get; init; }

    /// <summary>Gets the host name of the hub that took over.</summary>
    public required string Secondary { get; init; }

    /// <summary>Gets the number of devices.</summary>
    public int Devices { get; init; }

    /// <summary>Gets the time between two events of a device, in seconds.</summary>
    public double IntervalSeconds { get; init; }

    /// <summary>Gets how the primary hub was lost: <c>fence</c> or <c>command</c>.</summary>
    public required string Loss { get; init; }

    /// <summary>Gets the events.</summary>
    public required DrillEvents Events { get; init; }

    /// <summary>Gets the switches, in order.</summary>
    public required IReadOnlyList<DrillLeg> Legs { get; init; }

    /// <summary>Gets both registries compared at the end; <see langword="null"/> = one could not be read.</summary>
    public DrillRegistry? Registry { get; init; }

    /// <summary>Gets what was acknowledged, second by second.</summary>
    public IReadOnlyList<DrillRate> Rates { get; init; } = [];
}
