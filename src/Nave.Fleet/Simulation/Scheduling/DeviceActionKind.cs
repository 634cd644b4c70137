namespace Nave.Fleet.Simulation.Scheduling;

/// <summary>What a simulated device does at a point in time.</summary>
public enum DeviceActionKind
{
    /// <summary>It sends a message.</summary>
    Send,

    /// <summary>It reports properties.</summary>
    Report,

    /// <summary>Its connection breaks.</summary>
    Drop,

    /// <summary>It disconnects and stays away.</summary>
    Stop,

    /// <summary>It comes back.</summary>
    Resume,
}
