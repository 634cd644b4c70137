namespace Nave.Api;

/// <summary>How a job is let into a blob container.</summary>
public enum StorageAuthenticationType
{
    /// <summary>By the signature in the container's URI.</summary>
    KeyBased,

    /// <summary>By an identity that Azure manages; a hub elsewhere has none.</summary>
    IdentityBased,
}
