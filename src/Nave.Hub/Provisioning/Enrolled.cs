using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>An enrollment together with what a device proved to it.</summary>
/// <param name="Record">The enrollment as it was then.</param>
/// <param name="Credential">What the device presented.</param>
/// <param name="Identity">How the device will prove itself to the hub: keys or thumbprints; <see langword="null"/> keys of a TPM are made later.</param>
internal sealed record Enrolled(EnrollmentRecord Record, DeviceCredential Credential, DeviceAuthentication Identity)
{
    /// <summary>Gets what the registration's state tells of the certificate, or <see langword="null"/>.</summary>
    public X509RegistrationResult? X509 { get; init; }

    /// <summary>Gets the authority by reference on which the proof rests, by SHA-256 thumbprint, or <see langword="null"/>.</summary>
    public string? Authority { get; init; }

    /// <summary>Gets the TPM's keys, or <see langword="null"/>.</summary>
    public TpmEvidence? Tpm { get; init; }

    /// <summary>Returns the enrollment: keys never reach a log.</summary>
    public override string ToString() => Record.Id;
}
