using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nave.Storage;

namespace Nave.Hub.Security;

/// <summary>
/// A certificate authority as it is stored: JSON with <c>c</c> the certificate (DER, base64), <c>v</c> true if verified, <c>k</c> the
/// verification code, <c>d</c> true if disabled.
/// </summary>
internal sealed class AuthorityEntry(string name, X509Certificate2 certificate)
{
    private CertificateAuthority? _authority;

    public string Name { get; } = name;

    public X509Certificate2 Certificate { get; } = certificate;

    public bool IsVerified { get; init; }

    public bool IsEnabled { get; init; } = true;

    public string? Code { get; init; }

    public bool IsTrusted => IsVerified && IsEnabled;

    public CertificateAuthority Authority => _authority ??= new(
        Name,
        Certificate.Subject,
        Certificate.GetCertHashString(HashAlgorithmName.SHA256),
        new DateTimeOffset(Certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
        new DateTimeOffset(Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
        IsVerified,
        IsEnabled,
        Code);

    /// <summary>Reads a stored entry.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static AuthorityEntry Decode(StateDocument document)
    {
        try
        {
            using var json = JsonDocument.Parse(document.Body);
            var root = json.RootElement;
            var entry = new AuthorityEntry(document.Key, X509CertificateLoader.LoadCertificate(root.GetProperty("c").GetBytesFromBase64()))
            {
                IsVerified = root.GetProperty("v").GetBoolean(),
                IsEnabled = !root.TryGetProperty("d", out var disabled) || !disabled.GetBoolean(),
                Code = root.TryGetProperty("k", out var code) ? code.GetString() : null,
            };
            _ = entry.Authority; // Its times are read here, where damage is expected.
            return entry;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or CryptographicException)
        {
            throw new InvalidDataException($"The document of the certificate authority '{document.Key}' is damaged.", e);
        }
    }

    /// <summary>Writes the entry.</summary>
    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBase64String("c"u8, Certificate.RawData);
            writer.WriteBoolean("v"u8, IsVerified);
            if (!IsEnabled)
            {
                writer.WriteBoolean("d"u8, true);
            }

            if (Code is not null)
            {
                writer.WriteString("k"u8, Code);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
