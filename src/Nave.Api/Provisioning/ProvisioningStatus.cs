namespace Nave.Api;

/// <summary>Whether an enrollment lets devices in.</summary>
public enum ProvisioningStatus
{
    /// <summary>Devices may register.</summary>
    Enabled,

    /// <summary>Nobody may register.</summary>
    Disabled,
}
