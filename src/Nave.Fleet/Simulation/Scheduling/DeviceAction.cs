namespace Nave.Fleet.Simulation.Scheduling;

/// <summary>One thing that a simulated device does.</summary>
/// <param name="Kind">What.</param>
public readonly record struct DeviceAction(DeviceActionKind Kind)
{
    /// <summary>Gets a value indicating whether the message is sent twice.</summary>
    public bool Duplicate { get; init; }

    /// <summary>Gets a value indicating whether the message is spoiled.</summary>
    public bool BadPayload { get; init; }

    /// <summary>Gets how long after it was made the message is sent.</summary>
    public TimeSpan Late { get; init; }

    /// <summary>Gets how many messages before this one were left out, because the simulation could not keep up.</summary>
    public int Skipped { get; init; }
}
