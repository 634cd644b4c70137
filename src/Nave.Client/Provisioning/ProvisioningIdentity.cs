using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;

namespace Nave.Client;

/// <summary>Who a device is to device provisioning, and how it proves it.</summary>
public sealed class ProvisioningIdentity
{
    private ProvisioningIdentity(string registrationId) => RegistrationId = registrationId;

    /// <summary>Gets the registration id.</summary>
    public string RegistrationId { get; }

    /// <summary>Gets the symmetric key, base64; <see langword="null"/> for the other kinds. Secret.</summary>
    public string? Key { get; private init; }

    /// <summary>Gets the certificate with its key; <see langword="null"/> for the other kinds.</summary>
    public X509Certificate2? Certificate { get; private init; }

    /// <summary>Gets what leads from the certificate to the enrolled one; <see langword="null"/> if nothing is between.</summary>
    public X509Certificate2Collection? Intermediates { get; private init; }

    /// <summary>Gets the TPM; <see langword="null"/> for the other kinds.</summary>
    public ITpm? Tpm { get; private init; }

    /// <summary>A device with its own key: of an individual enrollment, or derived from a group's by somebody else.</summary>
    /// <param name="registrationId">The registration id.</param>
    /// <param name="key">The key: base64.</param>
    /// <exception cref="FormatException">The key is not base64.</exception>
    public static ProvisioningIdentity WithKey(string registrationId, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(registrationId);
        return Base64.IsValid(key) ? new(registrationId) { Key = key } : throw new FormatException($"The key of '{registrationId}' is not base64.");
    }

    /// <summary>A device of a group, where the group's key is at hand: its own is derived from it. Give devices in the field only their own.</summary>
    /// <param name="registrationId">The registration id.</param>
    /// <param name="groupKey">The group's key: base64.</param>
    /// <exception cref="FormatException">The key is not base64.</exception>
    public static ProvisioningIdentity WithGroupKey(string registrationId, string groupKey) =>
        WithKey(registrationId, DeriveKey(groupKey, registrationId));

    /// <summary>A device with a certificate, whose common name is the registration id.</summary>
    /// <param name="certificate">The certificate, with its private key.</param>
    /// <param name="intermediates">What leads from it to the enrolled certificate or authority.</param>
    /// <exception cref="ArgumentException">The certificate has no private key or no common name.</exception>
    public static ProvisioningIdentity WithCertificate(X509Certificate2 certificate, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return !certificate.HasPrivateKey ? throw new ArgumentException($"The certificate of '{name}' comes without its private key.", nameof(certificate))
            : string.IsNullOrEmpty(name) ? throw new ArgumentException("The certificate has no common name, which has to be the registration id.", nameof(certificate))
            : new ProvisioningIdentity(name) { Certificate = certificate, Intermediates = intermediates };
    }

    /// <summary>A device with a TPM.</summary>
    /// <param name="tpm">The TPM.</param>
    /// <param name="registrationId">The registration id; <see langword="null"/> = made from the endorsement key, as all SDKs do.</param>
    public static ProvisioningIdentity WithTpm(ITpm tpm, string? registrationId = null)
    {
        ArgumentNullException.ThrowIfNull(tpm);
        return new(registrationId ?? RegistrationIdOf(tpm.EndorsementKey.Span)) { Tpm = tpm };
    }

    /// <summary>Derives a device's key from its group's: base64 of HMAC-SHA256 over the registration id as it will be sent (wire facts 17.1.3).</summary>
    /// <exception cref="FormatException">The key is not base64.</exception>
    public static string DeriveKey(string groupKey, string registrationId) =>
        Convert.ToBase64String(SasToken.DeriveKey(Convert.FromBase64String(groupKey), registrationId));

    // Base32 (RFC 4648) of the key's SHA-256, in lower case and without padding.
    private static string RegistrationIdOf(ReadOnlySpan<byte> endorsementKey)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(endorsementKey, hash);
        var text = new char[52];
        for (var i = 0; i < text.Length; i++)
        {
            var (at, shift) = (i * 5 / 8, i * 5 % 8);
            var pair = (hash[at] << 8) | (at + 1 < hash.Length ? hash[at + 1] : 0);
            text[i] = Alphabet[(pair >> (11 - shift)) & 31];
        }

        return new string(text);
    }
}
