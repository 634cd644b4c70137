namespace Nave.Api;

/// <summary>A certificate in a request, or what is known of it in an answer.</summary>
public sealed record X509CertificateWithInfo
{
    /// <summary>Gets the certificate: PEM, base64 of DER, or base64 of PEM. Wire facts 18.8.</summary>
    public string? Certificate { get; init; }

    /// <summary>Gets what is known of it; in a request it is ignored.</summary>
    public X509CertificateInfo? Info { get; init; }
}
