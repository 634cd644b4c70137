namespace Nave.Fleet.Simulation;

/// <summary>Something that goes wrong, and how often.</summary>
public sealed record Fault
{
    /// <summary>Gets what goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Gets the mean time between two, for each device (<see cref="FaultKind.Drop"/>, <see cref="FaultKind.Stop"/>): from half of it to one and a half.</summary>
    public TimeSpan Every { get; init; }

    /// <summary>Gets how long the device stays away (<see cref="FaultKind.Stop"/>).</summary>
    public TimeSpan For { get; init; }

    /// <summary>Gets by how much a message is late, or the clock off.</summary>
    public TimeSpan By { get; init; }

    /// <summary>Gets how probable it is for a message, 0 to 1 (<see cref="FaultKind.Duplicate"/>, <see cref="FaultKind.Late"/>, <see cref="FaultKind.BadPayload"/>).</summary>
    public double Probability { get; init; }

    /// <summary>Gets the share of devices that have it, 0 to 1.</summary>
    public double Share { get; init; } = 1;
}
