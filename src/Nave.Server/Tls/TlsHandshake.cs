using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Server.Tls;

/// <summary>The handshake options of every TLS port: TLS 1.2 and 1.3, AEAD suites only, client certificates asked for, not required.</summary>
internal static class TlsHandshake
{
    /// <summary>The most certificates that a client may send. A chain has three or four.</summary>
    public const int MaxClientCertificates = 10;

    /// <summary>The most bytes that a client's certificates may have. One has 1 to 3 KiB.</summary>
    public const int MaxClientCertificateBytes = 32 * 1024;

    // RFC 7525bis (BCP 195): forward secrecy and authenticated encryption.
    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    private static readonly CipherSuitesPolicy? s_policy =
        OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? new CipherSuitesPolicy(s_suites) : null;

    /// <summary>Makes the options for one handshake.</summary>
    /// <param name="certificates">The certificate to show.</param>
    /// <param name="clientChain">Filled with the certificates that the client sends, its leaf first.</param>
    [SuppressMessage("Security", "CA5359", Justification = "The callback sees clients' certificates, which the hub judges by identity.")]
    public static SslServerAuthenticationOptions Options(ServerCertificates certificates, X509Certificate2Collection? clientChain = null) => new()
    {
        ServerCertificateContext = certificates.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = s_policy,
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

        // "Required" makes the server ask; the callback lets those through that have none. Whether a certificate is good for
        // the identity is decided by the hub (thumbprint or registered CA), not by TLS: device certificates are often self-signed.
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, leaf, chain, _) => leaf is null || clientChain is null || TryTake(leaf, chain, clientChain),
    };

    // What a connection keeps of its client's certificates is bounded: a client that sends more is not let in.
    private static bool TryTake(X509Certificate leaf, X509Chain? chain, X509Certificate2Collection clientChain)
    {
        var others = chain?.ChainPolicy.ExtraStore ?? [];
        var own = leaf.GetRawCertData();
        if (others.Count >= MaxClientCertificates || own.Length + others.Sum(other => other.RawDataMemory.Length) > MaxClientCertificateBytes)
        {
            return false;
        }

        clientChain.Add(X509CertificateLoader.LoadCertificate(own));
        foreach (var other in others)
        {
            clientChain.Add(X509CertificateLoader.LoadCertificate(other.RawData));
        }

        return true;
    }
}
