namespace Nave.Fleet.Simulation;

/// <summary>A fleet and what it does: what a simulation file describes.</summary>
public sealed record SimulationDefinition
{
    /// <summary>Gets what makes two runs do the same.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Gets how long the fleet runs once it begins to connect; <see langword="null"/> = until it is told to stop.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Gets a value indicating whether devices that the registry does not have are created, in bulk.</summary>
    public bool CreateMissing { get; init; } = true;

    /// <summary>Gets a value indicating whether the devices that this run created are deleted at its end.</summary>
    public bool DeleteCreated { get; init; }

    /// <summary>Gets how many connections are opened a second. Origin of 500: a TLS handshake costs a hub about 1 ms of one core.</summary>
    public double ConnectRate { get; init; } = 500;

    /// <summary>Gets the groups of devices that are alike.</summary>
    public required IReadOnlyList<DeviceGroup> Groups { get; init; }

    /// <summary>Gets the number of devices.</summary>
    public int DeviceCount => Groups.Sum(group => group.Count);
}
