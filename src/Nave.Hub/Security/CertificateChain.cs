using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Hub.Security;

/// <summary>
/// Leads a client's certificate to an authority that is trusted, through what the client sent with it. Each authority is tried by itself:
/// two of the same subject (a roll-over) must not hide each other, and what the client sends must not stand in for one.
/// </summary>
internal static class CertificateChain
{
    /// <summary>The most certificates that a client may send, its own included. A chain has three or four.</summary>
    public const int MaxCertificates = 10;

    /// <summary>Not knowing the root is no error here: the chain has to pass through an authority that is trusted.</summary>
    private const X509ChainStatusFlags Permitted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    /// <summary>Finds the authority that a client's certificate leads to.</summary>
    /// <param name="certificate">The client's own certificate, of which TLS has verified that the client holds the key.</param>
    /// <param name="sent">What else the client sent; may contain the certificate itself.</param>
    /// <param name="authorities">The authorities that are trusted, each for itself: roots, or intermediates of roots that are not known.</param>
    /// <param name="time">When everything has to be valid.</param>
    /// <returns>The authority, or why there is none.</returns>
    public static ChainOutcome FindAuthority(
        X509Certificate2 certificate, X509Certificate2Collection? sent, IEnumerable<X509Certificate2> authorities, DateTimeOffset time)
    {
        if (!ClientCertificate.IsForClients(certificate))
        {
            return ChainOutcome.Refused("its extended key usage does not permit client authentication");
        }

        var outcome = ChainOutcome.Refused("it does not chain to a certificate authority that is verified and enabled");
        if (sent?.Count > MaxCertificates)
        {
            return ChainOutcome.Refused($"it came with {sent.Count - 1} others; {MaxCertificates - 1} are permitted");
        }

        foreach (var authority in authorities)
        {
            if (!CouldLeadTo(authority, certificate, sent))
            {
                continue;
            }

            var attempt = Build(certificate, sent, authority, time, forClients: true);
            if (attempt.Authority is not null)
            {
                return attempt;
            }

            outcome = attempt;
        }

        return outcome;
    }

    /// <summary>Tells whether an authority signed a certificate, whatever the time is now.</summary>
    public static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        // Any time at which both are valid will do: what is proved is who holds the authority's key.
        return ClientCertificate.TryReadTimes(certificate, out var from, out _)
            && ClientCertificate.TryReadTimes(authority, out var authorityFrom, out _)
            && Build(certificate, null, authority, from > authorityFrom ? from : authorityFrom, forClients: false).Authority is not null;
    }

    // Whether somebody in the chain names the authority as its issuer: spares most attempts.
    private static bool CouldLeadTo(X509Certificate2 authority, X509Certificate2 certificate, X509Certificate2Collection? sent)
    {
        var subject = authority.SubjectName.RawData;
        return SameName(certificate.IssuerName, subject) || sent?.Any(other => SameName(other.IssuerName, subject)) == true;
    }

    private static bool SameName(X500DistinguishedName name, ReadOnlySpan<byte> other) => name.RawData.AsSpan().SequenceEqual(other);

    private static ChainOutcome Build(
        X509Certificate2 certificate, X509Certificate2Collection? sent, X509Certificate2 authority, DateTimeOffset time, bool forClients)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust; // Never the machine's own authorities.
        policy.RevocationMode = X509RevocationMode.NoCheck; // Revoked by registry: disable, delete, remove the authority.
        policy.DisableCertificateDownloads = true;
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = time.UtcDateTime;

        // An authority that did not sign itself is found in the extra store; one that did is a root.
        var subject = authority.SubjectName.RawData;
        if (SameName(authority.IssuerName, subject))
        {
            policy.CustomTrustStore.Add(authority);
        }
        else
        {
            policy.ExtraStore.Add(authority);
        }

        // Not what has the authority's name, and no roots: the builder takes an issuer by name before it looks at signatures.
        foreach (var other in sent ?? [])
        {
            if (!SameName(other.SubjectName, subject) && !SameName(other.SubjectName, other.IssuerName.RawData))
            {
                policy.ExtraStore.Add(other);
            }
        }

        try
        {
            chain.Build(certificate);
            return Judge(chain, authority, time, forClients);
        }
        catch (CryptographicException)
        {
            return ChainOutcome.Refused("its chain cannot be read");
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }

    // Walks from the client's certificate up to the authority; what is above it does not matter.
    private static ChainOutcome Judge(X509Chain chain, X509Certificate2 authority, DateTimeOffset time, bool forClients)
    {
        for (var i = 0; i < chain.ChainElements.Count; i++)
        {
            var element = chain.ChainElements[i];
            var found = element.Certificate;
            foreach (var status in element.ChainElementStatus)
            {
                if ((status.Status & ~Permitted) != 0)
                {
                    return ChainOutcome.Refused($"'{found.Subject}' in its chain is refused: {status.Status}");
                }
            }

            // OpenSSL does not look at the times of the last certificate of a chain without a root.
            if (!ClientCertificate.IsValidAt(found, time))
            {
                return ChainOutcome.Refused($"'{found.Subject}' in its chain is refused: {X509ChainStatusFlags.NotTimeValid}");
            }

            if (i == 0)
            {
                continue; // The client's own: an authority's certificate is no client's.
            }

            // OpenSSL takes some for authorities that do not say that they are (no basic constraints, but a key usage).
            if (!ClientCertificate.IsAuthority(found))
            {
                return ChainOutcome.Refused($"'{found.Subject}' in its chain is no authority: its basic constraints say so, or it has none");
            }

            if (found.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span))
            {
                return ChainOutcome.Found(found.GetCertHashString(HashAlgorithmName.SHA256), i);
            }

            if (forClients && !ClientCertificate.IsForClients(found))
            {
                return ChainOutcome.Refused($"the extended key usage of '{found.Subject}' in its chain does not permit client authentication");
            }
        }

        return ChainOutcome.Refused($"its chain ends before the certificate authority '{authority.Subject}'");
    }
}
