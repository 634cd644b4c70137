namespace Nave.Api;

/// <summary>How devices of an enrollment prove themselves; the member that the type names is set.</summary>
public sealed record AttestationMechanism
{
    /// <summary>Gets the type; <see langword="null"/> in a request = the one whose member is set.</summary>
    public AttestationType? Type { get; init; }

    /// <summary>Gets the TPM's keys.</summary>
    public TpmAttestation? Tpm { get; init; }

    /// <summary>Gets the certificates.</summary>
    public X509Attestation? X509 { get; init; }

    /// <summary>Gets the symmetric keys.</summary>
    public SymmetricKeyAttestation? SymmetricKey { get; init; }
}
