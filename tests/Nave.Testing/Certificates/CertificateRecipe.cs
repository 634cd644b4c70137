using System.Security.Cryptography;

namespace Nave.Testing;

/// <summary>What a certificate of a test is to be like. The default is a client's: EC, no extensions, valid from yesterday for 30 days.</summary>
/// <param name="Name">The common name.</param>
public sealed record CertificateRecipe(string Name)
{
    /// <summary>Gets the EKU of a server.</summary>
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Gets the EKU of a client.</summary>
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Gets a value indicating whether basic constraints say that it is an authority; <see langword="null"/> = it has none.</summary>
    public bool? IsAuthority { get; init; }

    /// <summary>Gets how many authorities may be below it; <see langword="null"/> = any number.</summary>
    public int? PathLength { get; init; }

    /// <summary>Gets the extended key usages; empty = without that extension.</summary>
    public IReadOnlyList<string> Usages { get; init; } = [];

    /// <summary>Gets a value indicating whether the key is RSA and not EC.</summary>
    public bool IsRsa { get; init; }

    /// <summary>Gets the size of an RSA key, in bits.</summary>
    public int RsaBits { get; init; } = 2048;

    /// <summary>Gets the curve of an EC key.</summary>
    public ECCurve Curve { get; init; } = ECCurve.NamedCurves.nistP256;

    /// <summary>Gets when it begins, counted from now.</summary>
    public TimeSpan From { get; init; } = TimeSpan.FromDays(-1);

    /// <summary>Gets when it ends, counted from now.</summary>
    public TimeSpan Until { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Gets how many bytes of an extension that nobody knows it carries.</summary>
    public int Ballast { get; init; }

    /// <summary>Makes the recipe of an authority.</summary>
    public static CertificateRecipe Authority(string name) => new(name) { IsAuthority = true };
}
