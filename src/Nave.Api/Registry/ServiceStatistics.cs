namespace Nave.Api;

/// <summary>What a hub is doing.</summary>
public sealed record ServiceStatistics
{
    /// <summary>Gets the number of devices that are connected.</summary>
    public long ConnectedDeviceCount { get; init; }
}
