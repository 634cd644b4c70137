namespace Nave.Fleet.Recovery;

/// <summary>A part of what a registry holds of a device or module.</summary>
public enum RegistryPart
{
    /// <summary>Status, authentication, capabilities, scopes.</summary>
    Identity,

    /// <summary>The tags.</summary>
    Tags,

    /// <summary>The desired properties.</summary>
    Desired,

    /// <summary>The reported properties.</summary>
    Reported,
}
