namespace Nave.Api;

/// <summary>What a device can do beside being a device.</summary>
public sealed record DeviceCapabilities
{
    /// <summary>Gets a value indicating whether it is an edge gateway.</summary>
    public bool IotEdge { get; init; }
}
