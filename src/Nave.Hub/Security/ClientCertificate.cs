using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Hub.Security;

/// <summary>Checks of certificates that a device presents. TLS has verified that it holds the private key.</summary>
internal static class ClientCertificate
{
    private const string CommonName = "2.5.4.3";

    /// <summary>Not knowing the root is no error here: the chain has to pass through an authority that the hub knows.</summary>
    private const X509ChainStatusFlags Permitted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

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
                && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority);
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

    /// <summary>Finds the authority that a certificate leads to.</summary>
    /// <param name="certificate">The device's certificate.</param>
    /// <param name="sent">What else the device sent.</param>
    /// <param name="authorities">The authorities that the hub trusts.</param>
    /// <param name="time">When everything has to be valid.</param>
    /// <returns>The authority's SHA-256 thumbprint, or <see langword="null"/> if there is no valid chain to one.</returns>
    public static string? FindAuthority(
        X509Certificate2 certificate, X509Certificate2Collection? sent, IReadOnlyList<X509Certificate2> authorities, DateTimeOffset time)
    {
        if (authorities.Count == 0)
        {
            return null;
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust; // Never the machine's own authorities.
        policy.RevocationMode = X509RevocationMode.NoCheck; // The hub revokes by registry: disable, delete, remove the authority.
        policy.DisableCertificateDownloads = true;
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = time.UtcDateTime;
        foreach (var authority in authorities)
        {
            // An authority that did not sign itself is found in the extra store; one that did is a root.
            if (authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData))
            {
                policy.CustomTrustStore.Add(authority);
            }
            else
            {
                policy.ExtraStore.Add(authority);
            }
        }

        if (sent is not null)
        {
            policy.ExtraStore.AddRange(sent);
        }

        try
        {
            chain.Build(certificate);
            return FindIn(chain, authorities);
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    /// <summary>Tells whether an authority signed a certificate that is valid as far as its signature goes.</summary>
    public static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        // Any time at which both are valid will do: what is proved is who holds the authority's key.
        return TryReadTimes(certificate, out var from, out _)
            && TryReadTimes(authority, out var authorityFrom, out _)
            && FindAuthority(certificate, null, [authority], from > authorityFrom ? from : authorityFrom) is not null;
    }

    private static string? FindIn(X509Chain chain, IReadOnlyList<X509Certificate2> authorities)
    {
        for (var i = 0; i < chain.ChainElements.Count; i++)
        {
            var element = chain.ChainElements[i];
            if (element.ChainElementStatus.Any(status => (status.Status & ~Permitted) != 0))
            {
                return null;
            }

            // The first element is the device's own: an authority's certificate is no device certificate.
            if (i > 0 && authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)))
            {
                return element.Certificate.GetCertHashString(HashAlgorithmName.SHA256);
            }
        }

        return null;
    }
}
