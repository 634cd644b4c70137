namespace Nave.Hub.Security;

/// <summary>What a device's proof rests on: when it changes, what was proved with it no longer holds.</summary>
/// <param name="Kind">The kind of credential.</param>
/// <param name="Subject">
/// The policy's name, or the thumbprint of the certificate; empty for a device key.
/// </param>
/// <param name="KeyDigest">SHA-256 of the key that signed; empty for certificates.</param>
/// <param name="IdentityVersion">The version of the identity's document that was looked at.</param>
internal sealed record CredentialProof(CredentialKind Kind, string Subject, byte[] KeyDigest, long IdentityVersion);
