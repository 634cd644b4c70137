namespace Nave.Hub.Security;

/// <summary>How a device proved who it is.</summary>
internal enum CredentialKind
{
    /// <summary>A token signed with its own key.</summary>
    DeviceKey,

    /// <summary>A token signed with the key of a policy of the hub.</summary>
    PolicyKey,

    /// <summary>A certificate with a configured thumbprint.</summary>
    Thumbprint,

    /// <summary>A certificate signed by a verified authority of the hub.</summary>
    Authority,
}
