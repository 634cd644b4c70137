namespace Nave.Api;

/// <summary>Certificates: exactly one of the three.</summary>
public sealed record X509Attestation
{
    /// <summary>Gets the device's own certificates; individual enrollments only.</summary>
    public X509Certificates? ClientCertificates { get; init; }

    /// <summary>Gets the certificates that sign the devices' certificates, root or intermediate; groups only.</summary>
    public X509Certificates? SigningCertificates { get; init; }

    /// <summary>Gets the names of verified authorities that sign the devices' certificates.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("caReferences")]
    public X509CAReferences? CaReferences { get; init; }
}
