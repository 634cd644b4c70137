using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>Checks how devices are to prove themselves. What an update leaves out of keys and certificates stays: clients send back what they read, which has neither.</summary>
/// <param name="authorities">The authorities that an enrollment may refer to.</param>
internal sealed class AttestationBuilder(CertificateAuthorities authorities)
{
    private const int KeyBytes = 32;

    /// <summary>Checks an attestation.</summary>
    /// <returns>What is stored; or 400004, 400201, 400203, 404211.</returns>
    public HubResult<BuiltAttestation> Build(EnrollmentKind kind, AttestationMechanism? wanted, EnrollmentRecord? current)
    {
        var type = wanted?.Type ?? Infer(wanted);
        return (type, kind) switch
        {
            (AttestationType.SymmetricKey, _) => SymmetricKey(wanted!.SymmetricKey, current),
            (AttestationType.X509, _) => X509(kind, wanted!.X509, current),
            (AttestationType.Tpm, EnrollmentKind.Individual) => Tpm(wanted!.Tpm),
            (AttestationType.Tpm, _) => Wrong("A group cannot attest by TPM; every TPM needs an individual enrollment."),
            _ => Wrong("attestation.type is missing or none; symmetricKey, x509 and tpm are permitted."),
        };
    }

    private static AttestationType Infer(AttestationMechanism? wanted) =>
        wanted is null ? AttestationType.None
        : wanted.Tpm is not null ? AttestationType.Tpm
        : wanted.X509 is not null ? AttestationType.X509
        : wanted.SymmetricKey is not null ? AttestationType.SymmetricKey
        : AttestationType.None;

    private static HubResult<BuiltAttestation> SymmetricKey(SymmetricKeyAttestation? wanted, EnrollmentRecord? current)
    {
        foreach (var (name, key) in ((string, string?)[])[("primaryKey", wanted?.PrimaryKey), ("secondaryKey", wanted?.SecondaryKey)])
        {
            if (!string.IsNullOrEmpty(key) && IdentityRules.CheckKey($"attestation.symmetricKey.{name}", key) is { } wrong)
            {
                return wrong;
            }
        }

        var primary = KeyOf(wanted?.PrimaryKey, current?.PrimaryKey);
        var secondary = KeyOf(wanted?.SecondaryKey, current?.SecondaryKey);
        return new BuiltAttestation(new AttestationMechanism { Type = AttestationType.SymmetricKey }) { PrimaryKey = primary, SecondaryKey = secondary };
    }

    private static byte[] KeyOf(string? given, byte[]? current) =>
        !string.IsNullOrEmpty(given) ? Convert.FromBase64String(given)
        : current is { Length: > 0 } ? current
        : RandomNumberGenerator.GetBytes(KeyBytes);

    private static HubResult<BuiltAttestation> Tpm(TpmAttestation? wanted)
    {
        if (!TpmKeys.TryDecode(wanted?.EndorsementKey, out _))
        {
            return new HubError(HubErrorCode.InvalidEndorsementKey, TpmKeys.Requirement("attestation.tpm.endorsementKey"));
        }

        var hasRoot = !string.IsNullOrEmpty(wanted!.StorageRootKey);
        return hasRoot && !TpmKeys.TryDecode(wanted.StorageRootKey, out _)
            ? new HubError(HubErrorCode.InvalidStorageRootKey, TpmKeys.Requirement("attestation.tpm.storageRootKey"))
            : new BuiltAttestation(new AttestationMechanism
            {
                Type = AttestationType.Tpm,
                Tpm = new TpmAttestation { EndorsementKey = wanted.EndorsementKey, StorageRootKey = hasRoot ? wanted.StorageRootKey : null },
            });
    }

    private HubResult<BuiltAttestation> X509(EnrollmentKind kind, X509Attestation? wanted, EnrollmentRecord? current)
    {
        var isGroup = kind == EnrollmentKind.Group;
        var (name, given, other) = isGroup
            ? ("signingCertificates", wanted?.SigningCertificates, wanted?.ClientCertificates)
            : ("clientCertificates", wanted?.ClientCertificates, wanted?.SigningCertificates);
        var references = wanted?.CaReferences;
        var hasReferences = !string.IsNullOrEmpty(references?.Primary) || !string.IsNullOrEmpty(references?.Secondary);
        var hasCertificates = given?.Primary is not null || given?.Secondary is not null;
        if (other?.Primary is not null || other?.Secondary is not null || hasReferences == hasCertificates)
        {
            return Wrong($"attestation.x509 of {(isGroup ? "a group" : "an individual enrollment")} needs either {name} or caReferences.");
        }

        return hasReferences ? References(references!) : Certificates(name, isGroup, given!, current);
    }

    private HubResult<BuiltAttestation> References(X509CAReferences wanted)
    {
        foreach (var name in ((string?[])[wanted.Primary, wanted.Secondary]).Where(name => !string.IsNullOrEmpty(name)))
        {
            if (authorities.FindTrusted(name!) is null)
            {
                return new HubError(
                    HubErrorCode.CertificateAuthorityNotFound,
                    $"caReferences names '{(name!.Length > 128 ? name[..128] : name)}', which is no certificate authority that was verified here.");
            }
        }

        return new BuiltAttestation(new AttestationMechanism { Type = AttestationType.X509, X509 = new X509Attestation { CaReferences = wanted } });
    }

    private static HubResult<BuiltAttestation> Certificates(string name, bool isGroup, X509Certificates wanted, EnrollmentRecord? current)
    {
        var before = current?.Wire.Attestation?.X509 is { } x509 ? x509.SigningCertificates ?? x509.ClientCertificates : null;
        var primary = Read($"{name}.primary", wanted.Primary, before?.Primary);
        var secondary = Read($"{name}.secondary", wanted.Secondary, before?.Secondary);
        if ((primary.Error ?? secondary.Error) is { } error)
        {
            return error;
        }

        if (primary.Value is null && secondary.Value is null)
        {
            return Wrong($"attestation.x509.{name} has no certificate.");
        }

        var pair = new X509Certificates
        {
            Primary = primary.Value is { } first ? CertificateForms.Store(first) : null,
            Secondary = secondary.Value is { } second ? CertificateForms.Store(second) : null,
        };
        return new BuiltAttestation(new AttestationMechanism
        {
            Type = AttestationType.X509,
            X509 = isGroup ? new X509Attestation { SigningCertificates = pair } : new X509Attestation { ClientCertificates = pair },
        })
        {
            Certificates = [.. ((X509Certificate2?[])[primary.Value, secondary.Value]).OfType<X509Certificate2>()],
        };
    }

    private static (X509Certificate2? Value, HubError? Error) Read(string name, X509CertificateWithInfo? wanted, X509CertificateWithInfo? before)
    {
        // Only the info: what a client read before and sends back.
        var text = string.IsNullOrEmpty(wanted?.Certificate)
            ? wanted?.Info is null || wanted.Info.Sha256Thumbprint != before?.Info?.Sha256Thumbprint ? null : before?.Certificate
            : wanted.Certificate;
        if (wanted is null || (text is null && wanted.Info is null))
        {
            return (null, null);
        }

        var certificate = text is null ? null : CertificateForms.TryRead(text);
        return certificate is not null && ClientCertificate.TryReadTimes(certificate, out _, out _)
            ? (certificate, null)
            : (null, Wrong($"attestation.x509.{name} is no certificate: PEM, or base64 of DER or of PEM, is needed."));
    }

    private static HubError Wrong(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
