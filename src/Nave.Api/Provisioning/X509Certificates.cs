namespace Nave.Api;

/// <summary>Two certificates, either of which is good: for a roll-over.</summary>
public sealed record X509Certificates
{
    /// <summary>Gets the first.</summary>
    public X509CertificateWithInfo? Primary { get; init; }

    /// <summary>Gets the second, or <see langword="null"/>.</summary>
    public X509CertificateWithInfo? Secondary { get; init; }
}
