namespace Nave.Api;

/// <summary>By which certificate a device proved itself.</summary>
public sealed record X509RegistrationResult
{
    /// <summary>Gets the device's certificate.</summary>
    public X509CertificateInfo? CertificateInfo { get; init; }

    /// <summary>Gets the group, or <see langword="null"/>.</summary>
    public string? EnrollmentGroupId { get; init; }

    /// <summary>Gets the group's certificate to which the device's one leads, or <see langword="null"/>.</summary>
    public X509CertificateInfo? SigningCertificateInfo { get; init; }
}
