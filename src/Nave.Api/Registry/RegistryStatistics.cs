namespace Nave.Api;

/// <summary>How many devices a hub has.</summary>
public sealed record RegistryStatistics
{
    /// <summary>Gets the number of devices.</summary>
    public long TotalDeviceCount { get; init; }

    /// <summary>Gets the number of devices that may connect.</summary>
    public long EnabledDeviceCount { get; init; }

    /// <summary>Gets the number of devices that may not connect.</summary>
    public long DisabledDeviceCount { get; init; }
}
