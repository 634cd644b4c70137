namespace Nave.Api;

/// <summary>Whether a device may connect.</summary>
public enum DeviceStatus
{
    /// <summary>It may.</summary>
    Enabled,

    /// <summary>It may not: 403012.</summary>
    Disabled,
}
