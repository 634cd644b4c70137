using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>
/// Finds the enrollment of a device and checks its proof. An individual enrollment of the registration id decides alone; without one, the groups
/// are tried: those with a symmetric key for a token, those with certificates for a certificate.
/// </summary>
internal sealed class DeviceAttestor(
    string idScope, EnrollmentRegistry enrollments, CertificateAuthorities authorities, TpmChallenges challenges, TimeProvider time, TimeSpan clockSkew)
{
    /// <summary>Finds the enrollment of a device and checks its proof.</summary>
    /// <returns>Both; or 400202, 401002.</returns>
    public async ValueTask<HubResult<ProvisioningPrincipal>> AttestAsync(
        string scope, string registrationId, DeviceCredential credential, CancellationToken cancellationToken)
    {
        if (CheckIds(scope, registrationId) is { } wrongId)
        {
            return wrongId;
        }

        // 1. The token, as far as it does not depend on an enrollment.
        SasToken? token = null;
        if (credential.Token is not null)
        {
            if (!SasToken.TryParse(credential.Token, out token))
            {
                return Unauthorized("The credential is no shared access signature.");
            }

            if (CheckToken(token, registrationId) is { } wrongToken)
            {
                return wrongToken;
            }
        }

        // 2. The enrollment that the proof fits.
        var individual = await enrollments.FindAsync(EnrollmentKind.Individual, registrationId, cancellationToken);
        var enrolled = individual is not null
            ? ByIndividual(individual, registrationId, token, credential)
            : ByGroup(registrationId, token, credential);
        return enrolled.IsSuccess
            ? new ProvisioningPrincipal(registrationId, individual?.Attestation == AttestationType.X509 || token is null ? null : token.Expires, enrolled.Value)
            : enrolled.Error;
    }

    /// <summary>Looks whether a proof still holds.</summary>
    /// <returns>The enrollment as it is now and the proof; or 401002.</returns>
    public async ValueTask<HubResult<Enrolled>> ConfirmAsync(ProvisioningPrincipal device, CancellationToken cancellationToken)
    {
        if (device.Expires is { } expires && IsPast(expires))
        {
            return Unauthorized($"The token ended at {expires:u}; it is {time.GetUtcNow():u}.");
        }

        var before = device.Enrolled.Record;
        var individual = await enrollments.FindAsync(EnrollmentKind.Individual, device.RegistrationId, cancellationToken);
        var now = !before.IsGroup ? individual : individual is null ? enrollments.Groups.Find(before.Id) : null;
        if (now is not null && now.Version == before.Version && (device.Enrolled.Authority is not { } authority || authorities.IsTrusted(authority)))
        {
            return device.Enrolled;
        }

        var again = await AttestAsync(idScope, device.RegistrationId, device.Enrolled.Credential, cancellationToken);
        return again.IsSuccess ? again.Value.Enrolled : again.Error;
    }

    /// <summary>Challenges a TPM.</summary>
    /// <returns>The challenge; or 400201 to 400203, 401002, 404201.</returns>
    public async ValueTask<HubResult<TpmChallenge>> ChallengeAsync(
        string scope, string registrationId, TpmEvidence evidence, CancellationToken cancellationToken)
    {
        if (CheckIds(scope, registrationId) is { } wrongId)
        {
            return wrongId;
        }

        if (!TpmPublicKey.TryParse(evidence.EndorsementKey.Span, out var endorsementKey))
        {
            return new HubError(HubErrorCode.InvalidEndorsementKey, TpmKeys.Requirement("endorsementKey"));
        }

        if (!TpmPublicKey.TryParse(evidence.StorageRootKey.Span, out var storageRootKey))
        {
            return new HubError(HubErrorCode.InvalidStorageRootKey, TpmKeys.Requirement("storageRootKey"));
        }

        if (await enrollments.FindAsync(EnrollmentKind.Individual, registrationId, cancellationToken) is not { Attestation: AttestationType.Tpm } enrollment)
        {
            return new HubError(HubErrorCode.EnrollmentNotFound, $"There is no enrollment by TPM of '{registrationId}'.");
        }

        var enrolled = enrollment.Wire.Attestation!.Tpm; // Its attestation is a TPM.
        if (!IsSame(enrolled?.EndorsementKey, evidence.EndorsementKey)
            || (enrolled?.StorageRootKey is { } root && !IsSame(root, evidence.StorageRootKey)))
        {
            return Unauthorized($"The TPM is not the one that is enrolled for '{registrationId}'.");
        }

        var nonce = RandomNumberGenerator.GetBytes(32);
        challenges.Add(RegistrationIds.KeyOf(registrationId), nonce, evidence);
        return new TpmChallenge(TpmActivation.Wrap(endorsementKey, storageRootKey, nonce), "registration");
    }

    private static bool IsSame(string? enrolled, ReadOnlyMemory<byte> shown) =>
        TpmKeys.TryDecode(enrolled, out var bytes) && bytes.AsSpan().SequenceEqual(shown.Span);

    private static HubError Unauthorized(string message) => new(HubErrorCode.IotHubUnauthorizedAccess, message);

    private static DeviceAuthentication KeysOf(byte[] primary, byte[] secondary) => new()
    {
        Type = AuthenticationType.Sas,
        SymmetricKey = new SymmetricKeys { PrimaryKey = Convert.ToBase64String(primary), SecondaryKey = Convert.ToBase64String(secondary) },
    };

    // The thumbprint of what the device presents, as Azure's service registers it (wire facts 17.1.13).
    private static DeviceAuthentication ThumbprintsOf(X509Certificate2 primary, X509Certificate2? secondary) => new()
    {
        Type = AuthenticationType.SelfSigned,
        X509Thumbprint = new X509Thumbprints
        {
            PrimaryThumbprint = primary.GetCertHashString(HashAlgorithmName.SHA256),
            SecondaryThumbprint = secondary?.GetCertHashString(HashAlgorithmName.SHA256),
        },
    };

    private HubError? CheckIds(string scope, string registrationId) =>
        scope.Equals(idScope, StringComparison.OrdinalIgnoreCase)
            ? RegistrationIds.Check(EnrollmentKind.Individual, registrationId)
            : Unauthorized($"The id scope '{(scope.Length > 32 ? scope[..32] : scope)}' is not this service's.");

    private HubError? CheckToken(SasToken token, string registrationId)
    {
        if (IsPast(token.Expires))
        {
            return Unauthorized($"The token ended at {token.Expires:u}; it is {time.GetUtcNow():u}.");
        }

        // Ids are compared without letter case; a token that names none would be good for all.
        return token.Covers(idScope, "registrations")
            || (!token.Covers(idScope, $"registrations/{registrationId}") && !token.Covers(idScope, $"registrations/{RegistrationIds.KeyOf(registrationId)}"))
                ? Unauthorized($"The token's scope must be {idScope}/registrations/{registrationId}.")
                : null;
    }

    private bool IsPast(DateTimeOffset expires) => time.GetUtcNow() is var now && now > expires && now - expires > clockSkew;

    private HubResult<Enrolled> ByIndividual(EnrollmentRecord enrollment, string registrationId, SasToken? token, DeviceCredential credential)
    {
        switch (enrollment.Attestation)
        {
            case AttestationType.SymmetricKey:
                return token is not null && (token.Verify(enrollment.PrimaryKey) || token.Verify(enrollment.SecondaryKey))
                    ? new Enrolled(enrollment, credential, KeysOf(enrollment.PrimaryKey, enrollment.SecondaryKey))
                    : Unauthorized($"'{registrationId}' needs a token signed with a key of its enrollment.");
            case AttestationType.Tpm:
                return token is not null && challenges.Find(RegistrationIds.KeyOf(registrationId), token) is { } evidence
                    ? new Enrolled(enrollment, credential, new DeviceAuthentication { Type = AuthenticationType.Sas }) { Tpm = evidence }
                    : Unauthorized($"'{registrationId}' needs a token signed with the nonce that its TPM was challenged with.");
            default:
                return ByCertificate(enrollment, registrationId, credential);
        }
    }

    private HubResult<Enrolled> ByCertificate(EnrollmentRecord enrollment, string registrationId, DeviceCredential credential)
    {
        if (CheckLeaf(registrationId, credential) is { } wrong)
        {
            return wrong;
        }

        var leaf = credential.Certificate!; // Checked above.
        if (enrollment.Wire.Attestation?.X509?.CaReferences is { } references)
        {
            var trusted = Trusted(references);
            var chain = CertificateChain.FindAuthority(leaf, credential.Intermediates, trusted, time.GetUtcNow());
            return chain.Authority is { } authority
                ? WithCertificate(enrollment, credential, leaf, null, trusted.Find(certificate => Is(certificate, authority)), authority)
                : Unauthorized($"The certificate of '{registrationId}' is refused: {chain.Problem}.");
        }

        return enrollment.Certificates.Any(certificate => certificate.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span))
            ? WithCertificate(enrollment, credential, enrollment.Certificates[0], enrollment.Certificates.ElementAtOrDefault(1), null, null)
            : Unauthorized($"The certificate of '{registrationId}' is not the one that is enrolled.");
    }

    private HubResult<Enrolled> ByGroup(string registrationId, SasToken? token, DeviceCredential credential)
    {
        var groups = enrollments.Groups;
        if (token is not null)
        {
            foreach (var group in groups.SymmetricKey)
            {
                if (ByDerivedKey(group, registrationId, token, credential) is { } enrolled)
                {
                    return enrolled;
                }
            }
        }

        if (credential.Certificate is null)
        {
            return Unauthorized(token is null
                ? $"'{registrationId}' presented neither a token nor a certificate."
                : $"There is no enrollment whose key signed the token of '{registrationId}'.");
        }

        return CheckLeaf(registrationId, credential) is { } wrong ? wrong : BySigner(groups, registrationId, credential);
    }

    // From the id as it was sent; the convention is lower case.
    private static Enrolled? ByDerivedKey(EnrollmentRecord group, string registrationId, SasToken token, DeviceCredential credential)
    {
        foreach (var spelling in ((string[])[registrationId, RegistrationIds.KeyOf(registrationId)]).Distinct(StringComparer.Ordinal))
        {
            var primary = SasToken.DeriveKey(group.PrimaryKey, spelling);
            var secondary = SasToken.DeriveKey(group.SecondaryKey, spelling);
            if (token.Verify(primary) || token.Verify(secondary))
            {
                return new Enrolled(group, credential, KeysOf(primary, secondary));
            }
        }

        return null;
    }

    // Of the signers in the chain the one nearest to the device counts: a group of an intermediate goes before one of its root.
    private HubResult<Enrolled> BySigner(GroupTable groups, string registrationId, DeviceCredential credential)
    {
        var leaf = credential.Certificate!; // Checked by the caller.
        var now = time.GetUtcNow();
        var best = ChainOutcome.Refused("there is no enrollment group to whose certificate it chains");
        (EnrollmentRecord Group, X509Certificate2 Signer)? found = null;
        foreach (var group in groups.X509)
        {
            foreach (var signer in group.Wire.Attestation?.X509?.CaReferences is { } references ? Trusted(references) : group.Certificates)
            {
                var chain = CertificateChain.FindAuthority(leaf, credential.Intermediates, [signer], now);
                if (chain.Authority is not null && (best.Authority is null || chain.Depth < best.Depth))
                {
                    (best, found) = (chain, (group, signer));
                }
            }
        }

        return found is not var (enrollment, certificate)
            ? Unauthorized($"The certificate of '{registrationId}' is refused: {best.Problem}.")
            : WithCertificate(
                enrollment, credential, leaf, null, certificate, enrollment.Wire.Attestation?.X509?.CaReferences is null ? null : best.Authority);
    }

    private static bool Is(X509Certificate2 certificate, string sha256) => certificate.GetCertHashString(HashAlgorithmName.SHA256) == sha256;

    private List<X509Certificate2> Trusted(X509CAReferences references) =>
        [.. ((string?[])[references.Primary, references.Secondary]).OfType<string>().Select(authorities.FindTrusted).OfType<X509Certificate2>()];

    private static Enrolled WithCertificate(
        EnrollmentRecord enrollment, DeviceCredential credential, X509Certificate2 primary, X509Certificate2? secondary, X509Certificate2? signer, string? authority) =>
        new(enrollment, credential, ThumbprintsOf(primary, secondary))
        {
            Authority = authority,
            X509 = new X509RegistrationResult
            {
                CertificateInfo = CertificateForms.InfoOf(credential.Certificate!), // It was checked.
                EnrollmentGroupId = enrollment.IsGroup ? enrollment.Id : null,
                SigningCertificateInfo = signer is null ? null : CertificateForms.InfoOf(signer),
            },
        };

    private HubError? CheckLeaf(string registrationId, DeviceCredential credential)
    {
        if (credential.Certificate is not { } leaf)
        {
            return Unauthorized($"'{registrationId}' needs a client certificate.");
        }

        var now = time.GetUtcNow();
        if (!ClientCertificate.IsValidAt(leaf, now))
        {
            return Unauthorized($"The certificate of '{registrationId}' is not valid at {now:u}.");
        }

        return string.Equals(ClientCertificate.CommonNameOf(leaf), registrationId, StringComparison.OrdinalIgnoreCase)
            ? null
            : Unauthorized($"The certificate's common name must be the registration id '{registrationId}'.");
    }
}
