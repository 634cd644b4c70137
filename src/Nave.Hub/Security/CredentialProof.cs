using System.Security.Cryptography;
using Nave.Api;
using Nave.Hub.Devices;

namespace Nave.Hub.Security;

/// <summary>What a device's proof rests on: when that changes, what was proved with it no longer holds.</summary>
/// <param name="kind">The kind of credential.</param>
/// <param name="subject">The policy's name, or the SHA-256 thumbprint of the certificate; empty for a device key.</param>
/// <param name="key">The key that signed; empty for certificates.</param>
/// <param name="generationId">The generation of the identity that was looked at.</param>
internal sealed class CredentialProof(CredentialKind kind, string subject, byte[] key, string generationId)
{
    public CredentialKind Kind { get; } = kind;

    public string Subject { get; } = subject;

    public string GenerationId { get; } = generationId;

    /// <summary>Gets the SHA-1 thumbprint of the certificate, hex; <see langword="null"/> for keys.</summary>
    public string? Sha1Thumbprint { get; init; }

    /// <summary>Gets the SHA-256 thumbprint of the authority that the certificate led to, or <see langword="null"/>.</summary>
    public string? Authority { get; init; }

    /// <summary>Tells whether the proof was made with one of these keys.</summary>
    public bool UsedOneOf(byte[] primary, byte[] secondary) =>
        CryptographicOperations.FixedTimeEquals(key, primary) || CryptographicOperations.FixedTimeEquals(key, secondary);

    /// <summary>Tells whether an identity still accepts this proof; what a policy or an authority adds to it is not looked at.</summary>
    public bool HoldsFor(IdentityRecord identity) => identity.GenerationId == GenerationId && Kind switch
    {
        CredentialKind.DeviceKey => identity.Type == AuthenticationType.Sas && UsedOneOf(identity.PrimaryKey, identity.SecondaryKey),
        CredentialKind.Thumbprint => identity.Type == AuthenticationType.SelfSigned && identity.HasThumbprint(Sha1Thumbprint!, Subject),
        CredentialKind.Authority => identity.Type == AuthenticationType.CertificateAuthority,
        _ => true,
    };
}
