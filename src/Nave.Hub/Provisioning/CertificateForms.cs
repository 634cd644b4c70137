using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>Certificates as the wire spells them.</summary>
internal static class CertificateForms
{
    // A certificate is 1 to 3 KiB; the text of one with a chain behind it stays below this.
    private const int MaxCharacters = 64 * 1024;

    /// <summary>Reads a certificate: PEM, base64 of DER, or base64 of PEM (wire facts 18.8). Of several the first counts.</summary>
    /// <returns>The certificate, to be disposed by the caller; or <see langword="null"/>.</returns>
    public static X509Certificate2? TryRead(string text)
    {
        if (text.Length > MaxCharacters)
        {
            return null;
        }

        try
        {
            return text.Contains("-----BEGIN", StringComparison.Ordinal)
                ? X509CertificateLoader.LoadCertificate(Encoding.ASCII.GetBytes(text))
                : X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Makes the form that is stored: base64 of DER, and what is known of it.</summary>
    public static X509CertificateWithInfo Store(X509Certificate2 certificate) =>
        new() { Certificate = Convert.ToBase64String(certificate.RawData), Info = InfoOf(certificate) };

    /// <summary>Tells what is known of a certificate.</summary>
    public static X509CertificateInfo InfoOf(X509Certificate2 certificate)
    {
        ClientCertificate.TryReadTimes(certificate, out var from, out var to);
        return new X509CertificateInfo
        {
            SubjectName = certificate.Subject,
            Sha1Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA1),
            Sha256Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            IssuerName = certificate.Issuer,
            NotBeforeUtc = from,
            NotAfterUtc = to,
            SerialNumber = certificate.SerialNumber,
            Version = certificate.Version,
        };
    }
}
