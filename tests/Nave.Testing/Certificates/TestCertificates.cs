using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Testing;

/// <summary>Makes certificates with their private keys, good and bad ones.</summary>
public static class TestCertificates
{
    /// <summary>Makes a certificate.</summary>
    /// <param name="recipe">What it is to be like.</param>
    /// <param name="signer">Who signs it; <see langword="null"/> = it signs itself.</param>
    /// <param name="now">What the recipe's times count from.</param>
    /// <returns>The certificate with its key, fit for TLS. The caller disposes of it.</returns>
    public static X509Certificate2 Make(CertificateRecipe recipe, X509Certificate2? signer = null, DateTimeOffset? now = null)
    {
        using var rsa = recipe.IsRsa ? RSA.Create(recipe.RsaBits) : null;
        using var ec = recipe.IsRsa ? null : ECDsa.Create(recipe.Curve);
        var subject = new X500DistinguishedName($"CN={recipe.Name}");
        var request = rsa is not null
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, ec!, HashAlgorithmName.SHA256);
        AddExtensions(request, recipe);

        var time = now ?? TimeProvider.System.GetUtcNow();
        var (from, until) = (time + recipe.From, time + recipe.Until);
        if (signer is null)
        {
            using var own = request.CreateSelfSigned(from, until);
            return WithLoadedKey(own);
        }

        using var signerRsa = signer.GetRSAPrivateKey();
        using var signerEc = signer.GetECDsaPrivateKey();
        var generator = signerRsa is not null
            ? X509SignatureGenerator.CreateForRSA(signerRsa, RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa(signerEc!);
        using var signed = request.Create(signer.SubjectName, generator, from, until, RandomNumberGenerator.GetBytes(8));
        using var whole = rsa is not null ? signed.CopyWithPrivateKey(rsa) : signed.CopyWithPrivateKey(ec!);
        return WithLoadedKey(whole);
    }

    private static void AddExtensions(CertificateRequest request, CertificateRecipe recipe)
    {
        if (recipe.IsAuthority is { } isAuthority)
        {
            request.CertificateExtensions.Add(
                new X509BasicConstraintsExtension(isAuthority, recipe.PathLength is not null, recipe.PathLength ?? 0, critical: true));
        }

        if (recipe.Usages.Count > 0)
        {
            var usages = new OidCollection();
            foreach (var usage in recipe.Usages)
            {
                usages.Add(new Oid(usage));
            }

            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        }

        if (recipe.Ballast > 0)
        {
            byte[] value = [0x04, 0x83, (byte)(recipe.Ballast >> 16), (byte)(recipe.Ballast >> 8), (byte)recipe.Ballast, .. new byte[recipe.Ballast]];
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.55555.1", value, critical: false));
        }
    }

    // A key that was just made is not always one that TLS can use.
    private static X509Certificate2 WithLoadedKey(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
}
