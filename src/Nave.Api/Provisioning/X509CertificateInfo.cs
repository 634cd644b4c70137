namespace Nave.Api;

/// <summary>What an answer tells of a certificate in place of the certificate itself.</summary>
public sealed record X509CertificateInfo
{
    /// <summary>Gets the subject.</summary>
    public string? SubjectName { get; init; }

    /// <summary>Gets the SHA-1 thumbprint, hex.</summary>
    public string? Sha1Thumbprint { get; init; }

    /// <summary>Gets the SHA-256 thumbprint, hex.</summary>
    public string? Sha256Thumbprint { get; init; }

    /// <summary>Gets the issuer.</summary>
    public string? IssuerName { get; init; }

    /// <summary>Gets from when it is valid.</summary>
    public DateTimeOffset NotBeforeUtc { get; init; }

    /// <summary>Gets until when it is valid.</summary>
    public DateTimeOffset NotAfterUtc { get; init; }

    /// <summary>Gets the serial number, hex.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>Gets the version of its form, such as 3.</summary>
    public int Version { get; init; }
}
