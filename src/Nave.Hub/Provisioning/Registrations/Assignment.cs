using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Where the identity of a device is.</summary>
/// <param name="HostName">The hub.</param>
/// <param name="DeviceId">The device id there.</param>
/// <param name="Substatus">What happened to the device's data; <see langword="null"/> = nothing, what was said before stays.</param>
internal sealed record Assignment(string HostName, string DeviceId, RegistrationSubstatus? Substatus)
{
    /// <summary>Gets what the device is to have.</summary>
    public RawJson Payload { get; init; }

    /// <summary>Gets the hub's key, wrapped for the device's TPM, or <see langword="null"/>.</summary>
    public byte[]? TpmKey { get; init; }

    /// <summary>Tells whether the identity is that one.</summary>
    public bool Is(string hostName, string? deviceId) =>
        HostName.Equals(hostName, StringComparison.OrdinalIgnoreCase) && DeviceId.Equals(deviceId, StringComparison.Ordinal);
}
