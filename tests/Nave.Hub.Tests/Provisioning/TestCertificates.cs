using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>Makes certificates.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Root(string name) => Make(name, null, isAuthority: true);

    public static X509Certificate2 Intermediate(string name, X509Certificate2 signer) => Make(name, signer, isAuthority: true);

    public static X509Certificate2 Leaf(string name, X509Certificate2? signer = null) => Make(name, signer, isAuthority: false);

    public static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem();

    private static X509Certificate2 Make(string name, X509Certificate2? signer, bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (isAuthority)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        }

        var now = TimeProvider.System.GetUtcNow();
        if (signer is null)
        {
            return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        }

        using var signerKey = signer.GetECDsaPrivateKey()!; // It was made here.
        using var certificate = request.Create(
            signer.SubjectName, X509SignatureGenerator.CreateForECDsa(signerKey), signer.NotBefore, signer.NotAfter, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
