namespace Nave.Api;

/// <summary>How a device proves to the provisioning service which enrollment is its own.</summary>
public enum AttestationType
{
    /// <summary>Not at all; never permitted in an enrollment.</summary>
    None,

    /// <summary>By a TPM's endorsement key.</summary>
    Tpm,

    /// <summary>By a certificate.</summary>
    X509,

    /// <summary>By a token signed with a symmetric key.</summary>
    SymmetricKey,
}
