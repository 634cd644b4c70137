namespace Nave.Hub.Provisioning;

/// <summary>What a TPM shows of itself.</summary>
/// <param name="EndorsementKey">The public area of the endorsement key: a TPM2B_PUBLIC with an RSA key.</param>
/// <param name="StorageRootKey">The public area of the storage root key: a TPM2B_PUBLIC with an RSA key.</param>
public readonly record struct TpmEvidence(ReadOnlyMemory<byte> EndorsementKey, ReadOnlyMemory<byte> StorageRootKey);
