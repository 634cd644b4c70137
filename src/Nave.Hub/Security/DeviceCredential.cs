using System.Security.Cryptography.X509Certificates;

namespace Nave.Hub.Security;

/// <summary>What a device presents: a token, a client certificate, or both.</summary>
/// <param name="Token">The text of a shared access signature, or <see langword="null"/>.</param>
/// <param name="Certificate">The leaf that TLS verified possession of, or <see langword="null"/>.</param>
/// <param name="Intermediates">Further certificates that the client sent.</param>
public readonly record struct DeviceCredential(
    string? Token, X509Certificate2? Certificate = null, X509Certificate2Collection? Intermediates = null);
