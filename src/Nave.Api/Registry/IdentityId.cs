namespace Nave.Api;

/// <summary>Names a device, or a module of a device.</summary>
/// <param name="DeviceId">The device id: 1 to 128 characters, case-sensitive.</param>
/// <param name="ModuleId">The module id, or <see langword="null"/> for the device itself.</param>
public readonly record struct IdentityId(string DeviceId, string? ModuleId = null)
{
    /// <summary>Gets a value indicating whether this is a module.</summary>
    public bool IsModule => ModuleId is not null;

    /// <summary>Returns <c>device</c> or <c>device/module</c>.</summary>
    public override string ToString() => ModuleId is null ? DeviceId : $"{DeviceId}/{ModuleId}";
}
