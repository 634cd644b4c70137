using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Hub.Security;

/// <summary>What one certificate says of itself. Of a device's own, TLS has verified that the device holds the private key.</summary>
internal static class ClientCertificate
{
    private const string CommonName = "2.5.4.3";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    /// <summary>Tells whether the certificate is valid at a time; one whose times cannot be read never is.</summary>
    public static bool IsValidAt(X509Certificate2 certificate, DateTimeOffset time) =>
        TryReadTimes(certificate, out var from, out var to) && from <= time && time <= to;

    /// <summary>Reads from when to when a certificate is valid: what is loaded may still have times that are none.</summary>
    public static bool TryReadTimes(X509Certificate2 certificate, out DateTimeOffset from, out DateTimeOffset to)
    {
        try
        {
            from = new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);
            to = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
            return true;
        }
        catch (CryptographicException)
        {
            from = to = default;
            return false;
        }
    }

    /// <summary>Tells whether the certificate may sign others; one whose extensions or times cannot be read may not.</summary>
    public static bool IsAuthority(X509Certificate2 certificate)
    {
        try
        {
            return TryReadTimes(certificate, out _, out _)
                && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority)
                && certificate.Extensions.OfType<X509KeyUsageExtension>().All(
                    extension => (extension.KeyUsages & X509KeyUsageFlags.KeyCertSign) != 0);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Tells whether the extended key usage permits client authentication; without that extension every use is permitted.</summary>
    public static bool IsForClients(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().All(
                extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value is ClientAuthentication or AnyUsage));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Gets the common name of the subject; <see langword="null"/> unless there is exactly one and it can be read.</summary>
    public static string? CommonNameOf(X509Certificate2 certificate)
    {
        try
        {
            return FindCommonName(certificate);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string? FindCommonName(X509Certificate2 certificate)
    {
        string? found = null;
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements || part.GetSingleElementType().Value != CommonName)
            {
                continue;
            }

            if (found is not null)
            {
                return null;
            }

            found = part.GetSingleElementValue();
        }

        return found;
    }
}
