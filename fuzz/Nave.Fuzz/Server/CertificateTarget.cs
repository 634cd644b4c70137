using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Hub.Security;

namespace Nave.Fuzz.Server;

/// <summary>The body of a certificate, DER or PEM, and what is asked of certificates.</summary>
internal sealed class CertificateTarget() : FuzzTarget("certificate",
    [Convert.FromBase64String(Authority), .. Texts("-----BEGIN CERTIFICATE-----\n" + Authority + "\n-----END CERTIFICATE-----\n")])
{
    /// <summary>A self-signed authority, valid until 2126.</summary>
    public const string Authority =
        "MIIBkTCCATegAwIBAgIUCRmT4+Xu3Ap9NtJtWaUUzZ4dn+swCgYIKoZIzj0EAwIwHTEMMAoGA1UEAwwDY2ExMQ0wCwYDVQQKDAROYXZlMCAXDTI2MTEyMTAxNDQxNFoYDzIxMjYxMDI4MDE0NDE0WjAdMQwwCgYDVQQDDANjYTExDTALBgNVBAoMBE5hdmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQmvc66u+fOQB8j+yKiUS/w6eN5o3Lxwc39XCdl0IaG5QBJiatvVouJPhwWMaJQYQOWZtv2dEuE/YxBqTCETuk8o1MwUTAdBgNVHQ4EFgQU5RW68Z6c3KAjywyQUDdsHZWSMCswHwYDVR0jBBgwFoAU5RW68Z6c3KAjywyQUDdsHZWSMCswDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAnNJEeClh1psUhiub622O/MUyag6/Jazv13lP6X6AghwIhAOD7yZ5saGQwKZxUgaavphC2H94i2L3xaSHuPuRhpoRX";

    public override IReadOnlyList<byte[]> Words { get; } = [[0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x02, 0x01, 0x00], .. Texts("-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----")];

    public override int Cost => 10;

    public override bool Execute(byte[] input)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(input);
        }
        catch (CryptographicException)
        {
            return false;
        }

        using (certificate)
        {
            ClientCertificate.IsAuthority(certificate);
            ClientCertificate.CommonNameOf(certificate);
            ClientCertificate.IsValidAt(certificate, DateTimeOffset.UnixEpoch);
        }

        return true;
    }
}
