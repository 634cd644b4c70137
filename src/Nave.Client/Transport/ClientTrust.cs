using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Client;

/// <summary>Which authorities a client trusts.</summary>
public static class ClientTrust
{
    /// <summary>Reads the certificates of a PEM file, to be trusted in place of the system's.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It holds no certificate.</exception>
    public static X509Certificate2Collection LoadPem(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new FormatException($"{path} holds no certificate in PEM form.");
    }

    internal static SslClientAuthenticationOptions CreateOptions(
        string hostName, X509Certificate2Collection? roots, X509Certificate2? certificate, X509Certificate2Collection? intermediates = null)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = hostName,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (roots is not null)
        {
            // Roots of one's own have no revocation lists on the network, and missing intermediates are not fetched from it.
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(roots);
            options.CertificateChainPolicy = policy;
        }

        if (certificate is not null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
        }

        return options;
    }
}
