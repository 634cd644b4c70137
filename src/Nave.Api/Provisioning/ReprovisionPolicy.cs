namespace Nave.Api;

/// <summary>What happens when a device that is assigned registers again. Both false = nothing, ever.</summary>
public sealed record ReprovisionPolicy
{
    /// <summary>Gets a value indicating whether a hub is chosen anew.</summary>
    public bool UpdateHubAssignment { get; init; }

    /// <summary>Gets a value indicating whether the twin goes with the device; false = it is set back to the initial twin.</summary>
    public bool MigrateDeviceData { get; init; }
}
