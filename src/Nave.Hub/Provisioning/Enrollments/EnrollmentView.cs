using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>What is shown of an enrollment: certificates only by what is known of them, keys only where they are asked for. Wire facts 18.7, 18.8.</summary>
internal static class EnrollmentView
{
    /// <summary>Makes what a read or a query shows.</summary>
    public static Enrollment Public(Enrollment wire) => wire with { Attestation = WithoutSecrets(wire.Attestation) };

    /// <summary>Makes the answer to a change: with keys.</summary>
    public static Enrollment WithKeys(EnrollmentRecord record) => record.Wire with { Attestation = Attestation(record) };

    /// <summary>Makes the attestation with its keys.</summary>
    public static AttestationMechanism Attestation(EnrollmentRecord record)
    {
        var shown = WithoutSecrets(record.Wire.Attestation) ?? new AttestationMechanism();
        return record.Attestation != AttestationType.SymmetricKey ? shown : shown with
        {
            SymmetricKey = new SymmetricKeyAttestation
            {
                PrimaryKey = Convert.ToBase64String(record.PrimaryKey),
                SecondaryKey = Convert.ToBase64String(record.SecondaryKey),
            },
        };
    }

    /// <summary>Writes an enrollment of either kind.</summary>
    public static byte[] Write(Enrollment wire) => wire is EnrollmentGroup group
        ? JsonSerializer.SerializeToUtf8Bytes(group, ProvisioningJson.Wire.EnrollmentGroup)
        : JsonSerializer.SerializeToUtf8Bytes((IndividualEnrollment)wire, ProvisioningJson.Wire.IndividualEnrollment);

    private static AttestationMechanism? WithoutSecrets(AttestationMechanism? attestation) => attestation?.X509 is not { } x509 ? attestation : attestation with
    {
        X509 = x509 with { ClientCertificates = InfoOf(x509.ClientCertificates), SigningCertificates = InfoOf(x509.SigningCertificates) },
    };

    private static X509Certificates? InfoOf(X509Certificates? certificates) => certificates is null ? null : new X509Certificates
    {
        Primary = certificates.Primary is { } primary ? primary with { Certificate = null } : null,
        Secondary = certificates.Secondary is { } secondary ? secondary with { Certificate = null } : null,
    };
}
