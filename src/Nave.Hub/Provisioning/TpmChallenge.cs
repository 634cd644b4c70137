namespace Nave.Hub.Provisioning;

/// <summary>A nonce for a TPM.</summary>
/// <param name="Blob">
/// The nonce as an HMAC key in the form that Azure's clients activate: TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET, TPM2B_PRIVATE (duplicate),
/// TPM2B_ENCRYPTED_SECRET (its seed), TPM2B_PUBLIC, and an empty TPM2B_MAX_BUFFER; docs/provisioning.md has the layout.
/// </param>
/// <param name="KeyName">The name to sign with, the token's <c>skn</c>: <c>registration</c>.</param>
public sealed record TpmChallenge(ReadOnlyMemory<byte> Blob, string KeyName);
