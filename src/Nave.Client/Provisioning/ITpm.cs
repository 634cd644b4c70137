namespace Nave.Client;

/// <summary>What device provisioning needs of a TPM 2.0. Not called by two threads at a time.</summary>
public interface ITpm
{
    /// <summary>Gets the public area of the endorsement key: a TPM2B_PUBLIC.</summary>
    ReadOnlyMemory<byte> EndorsementKey { get; }

    /// <summary>Gets the public area of the storage root key: a TPM2B_PUBLIC.</summary>
    ReadOnlyMemory<byte> StorageRootKey { get; }

    /// <summary>Brings a key into the TPM, in place of the one before.</summary>
    /// <param name="blob">TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET, TPM2B_PRIVATE, TPM2B_ENCRYPTED_SECRET, TPM2B_PUBLIC: for ActivateCredential, Import and Load.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask ActivateAsync(ReadOnlyMemory<byte> blob, CancellationToken cancellationToken);

    /// <summary>Signs with the key that was activated last: HMAC-SHA256.</summary>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
