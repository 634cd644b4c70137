namespace Nave.Api;

/// <summary>A TPM's public keys.</summary>
public sealed record TpmAttestation
{
    /// <summary>Gets the endorsement key: base64 of a TPM2B_PUBLIC.</summary>
    public string? EndorsementKey { get; init; }

    /// <summary>Gets the storage root key: base64 of a TPM2B_PUBLIC; <see langword="null"/> = the one that the device sends.</summary>
    public string? StorageRootKey { get; init; }
}
