using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>Validates the bearer tokens of an issuer such as Azure AD: signature (RS256 only), issuer, audience, client and time. Source: RFC 7515, 7519.</summary>
internal sealed class TokenValidator(TokenSettings settings, SigningKeys keys, TimeProvider time)
{
    // Tokens with many groups are some 8 KB; what is longer than the header limit of web servers does not come.
    private const int MaxTokenCharacters = 32 * 1024;

    /// <summary>Validates a token.</summary>
    /// <returns><see langword="null"/> if it is good; else why it is not, for our log, without any of its content.</returns>
    public async Task<string?> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxTokenCharacters)
        {
            return "The token is too long.";
        }

        var parts = token.Split('.');
        if (parts.Length != 3 || !Array.TrueForAll(parts, part => part.Length > 0 && Base64Url.IsValid(part)))
        {
            return "The token is no signed JWT.";
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            if (header.RootElement.ValueKind != JsonValueKind.Object || claims.RootElement.ValueKind != JsonValueKind.Object)
            {
                return "The token is no signed JWT.";
            }

            // Never what the token wishes: "none" and keys that it brings along are how such checks are passed by.
            if (Text(header.RootElement, "alg") != "RS256" || header.RootElement.TryGetProperty("crit", out _))
            {
                return "The token is not signed with RS256.";
            }

            if (CheckClaims(claims.RootElement) is { } problem)
            {
                return problem;
            }

            if (Text(header.RootElement, "kid") is not { } keyId || await keys.FindAsync(keyId, cancellationToken).ConfigureAwait(false) is not { } key)
            {
                return "The token names no key that the issuer has.";
            }

            using var rsa = RSA.Create(key);
            var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
            return rsa.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                ? null
                : "The token's signature is wrong.";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or CryptographicException)
        {
            return "The token cannot be read.";
        }
    }

    private string? CheckClaims(JsonElement claims)
    {
        var now = time.GetUtcNow();
        if (Time(claims, "exp") is not { } expires || now - settings.ClockSkew >= expires)
        {
            return "The token has expired, or has no end.";
        }

        if (claims.TryGetProperty("nbf", out _) && (Time(claims, "nbf") is not { } from || now + settings.ClockSkew < from))
        {
            return "The token is not valid yet.";
        }

        if (Text(claims, "iss") is not { } issuer || !settings.Issuers.Contains(issuer, StringComparer.Ordinal))
        {
            return "The token is of another issuer.";
        }

        if (!Texts(claims, "aud").Any(audience => settings.Audiences.Contains(audience, StringComparer.OrdinalIgnoreCase)))
        {
            return "The token is for another audience.";
        }

        var client = Text(claims, "azp") ?? Text(claims, "appid");
        return settings.Clients.Count == 0 || (client is not null && settings.Clients.Contains(client, StringComparer.OrdinalIgnoreCase))
            ? null
            : "The token was given to another application.";
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IEnumerable<string?> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString())
            : [Text(element, name)];

    // Seconds, maybe with a fraction (RFC 7519 section 2), within what a clock can show.
    private static DateTimeOffset? Time(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
            && seconds is >= 0 and < 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
