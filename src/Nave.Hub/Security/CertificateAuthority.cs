namespace Nave.Hub.Security;

/// <summary>A certificate authority that was registered with a hub.</summary>
/// <param name="Name">The name under which it was registered, 1 to 128 characters.</param>
/// <param name="Subject">The certificate's subject.</param>
/// <param name="Thumbprint">SHA-256 of the certificate, hex.</param>
/// <param name="NotBefore">When the certificate begins.</param>
/// <param name="NotAfter">When the certificate ends.</param>
/// <param name="IsVerified">Whether somebody has proved to hold its key; only then are device certificates accepted.</param>
/// <param name="IsEnabled">Whether device certificates that rest on it are accepted; false after it was disabled.</param>
/// <param name="VerificationCode">What the common name of the certificate must be that proves it; <see langword="null"/> once verified.</param>
public sealed record CertificateAuthority(
    string Name,
    string Subject,
    string Thumbprint,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    bool IsVerified,
    bool IsEnabled,
    string? VerificationCode);
