using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Api;

/// <summary>
/// A shared access signature: <c>SharedAccessSignature sr=…&amp;sig=…&amp;se=…[&amp;skn=…]</c>. Fields come in any order; the signature is
/// over <c>sr</c> and <c>se</c> exactly as they stand in the text. Source: wire facts 3.1.
/// </summary>
public sealed class SasToken
{
    private const string Prefix = "SharedAccessSignature";

    // No client's token comes near; a longer text is refused before any work.
    private const int MaxCharacters = 4096;

    // The last second that DateTimeOffset can hold. Node makes tokens with a time in milliseconds (wire facts 3.1.5).
    private const long MaxUnixSeconds = 253_402_300_799;

    private readonly string _rawExpiry;
    private readonly byte[] _signature;
    private readonly string[] _segments;

    private SasToken(string rawResource, string rawExpiry, byte[] signature, DateTimeOffset expires, string? keyName)
    {
        RawResource = rawResource;
        _rawExpiry = rawExpiry;
        _signature = signature;
        Expires = expires;
        KeyName = keyName;
        _segments = Split(Uri.UnescapeDataString(rawResource));
    }

    /// <summary>Gets the resource (<c>sr</c>) exactly as it stands in the token.</summary>
    public string RawResource { get; }

    /// <summary>Gets when it ends; at most the year 9999.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>Gets the policy's name (<c>skn</c>), or <see langword="null"/> if the token is signed with an identity's own key.</summary>
    public string? KeyName { get; }

    /// <summary>Gets the host that the resource begins with, as it was written.</summary>
    public string Host => _segments[0];

    /// <summary>Gets the path of the resource below the host, decoded once, such as <c>devices/d1</c>; empty for the host itself.</summary>
    public string Path => string.Join('/', _segments.Skip(1));

    /// <summary>Reads a token, without a check of its signature, scope or time.</summary>
    /// <param name="text">The text, with or without the words in front.</param>
    /// <param name="token">The token.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SasToken? token)
    {
        token = null;
        if (text is null || text.Length > MaxCharacters)
        {
            return false;
        }

        var rest = text.AsSpan().Trim();
        if (rest.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[Prefix.Length..].TrimStart();
        }

        string? resource = null, signature = null, expiry = null, keyName = null;
        foreach (var range in rest.Split('&'))
        {
            var field = rest[range];
            var equals = field.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            var value = field[(equals + 1)..];
            var duplicate = field[..equals] switch
            {
                "sr" => Set(ref resource, value),
                "sig" => Set(ref signature, value),
                "se" => Set(ref expiry, value),
                "skn" => Set(ref keyName, value),
                _ => false,
            };
            if (duplicate)
            {
                return false;
            }
        }

        if (string.IsNullOrEmpty(resource) || string.IsNullOrEmpty(signature)
            || !long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return false;
        }

        // A signature of another length than HMAC-SHA256's is kept out: it could never be equal.
        var mac = new byte[HMACSHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(Uri.UnescapeDataString(signature), mac, out var written) || written != mac.Length)
        {
            return false;
        }

        keyName = string.IsNullOrEmpty(keyName) ? null : Uri.UnescapeDataString(keyName);
        token = new SasToken(resource, expiry, mac, DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, MaxUnixSeconds)), keyName);
        return true;
    }

    /// <summary>Makes a token.</summary>
    /// <param name="resource">What it is for, not encoded; see <see cref="ResourceOf"/>.</param>
    /// <param name="key">The key, decoded.</param>
    /// <param name="expires">When it ends, to the second.</param>
    /// <param name="keyName">The policy's name, or <see langword="null"/> for an identity's own key.</param>
    public static string Create(string resource, ReadOnlySpan<byte> key, DateTimeOffset expires, string? keyName = null)
    {
        var sr = Uri.EscapeDataString(resource);
        var se = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Sign(sr, se, key, mac);
        var sig = Uri.EscapeDataString(Convert.ToBase64String(mac));
        return keyName is null
            ? $"{Prefix} sr={sr}&sig={sig}&se={se}"
            : $"{Prefix} sr={sr}&sig={sig}&se={se}&skn={Uri.EscapeDataString(keyName)}";
    }

    /// <summary>Names the resource of a device or module: <c>host/devices/d[/modules/m]</c>, ids percent-encoded.</summary>
    public static string ResourceOf(string hostName, IdentityId id) => id.ModuleId is null
        ? $"{hostName}/devices/{Uri.EscapeDataString(id.DeviceId)}"
        : $"{hostName}/devices/{Uri.EscapeDataString(id.DeviceId)}/modules/{Uri.EscapeDataString(id.ModuleId)}";

    /// <summary>Makes a device's key from its group's: HMAC-SHA256 of the id.</summary>
    /// <param name="groupKey">The group's key, decoded.</param>
    /// <param name="id">The registration or device id as it is sent.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] DeriveKey(ReadOnlySpan<byte> groupKey, string id) => HMACSHA256.HashData(groupKey, Encoding.UTF8.GetBytes(id));

    /// <summary>Checks the signature, in a time that does not depend on where it differs.</summary>
    /// <param name="key">The key, decoded.</param>
    public bool Verify(ReadOnlySpan<byte> key)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Sign(RawResource, _rawExpiry, key, mac);
        return CryptographicOperations.FixedTimeEquals(mac, _signature);
    }

    /// <summary>
    /// Checks the signature of a client that signs with the text of a key, as every Event Hubs SDK does, and not with the bytes that it is base64 of.
    /// </summary>
    /// <param name="key">The key, decoded.</param>
    public bool VerifyWithText(ReadOnlySpan<byte> key)
    {
        Span<byte> text = stackalloc byte[128];
        return Base64.EncodeToUtf8(key, text, out _, out var written) == OperationStatus.Done && Verify(text[..written]);
    }

    /// <summary>
    /// Tells whether the token's scope covers a resource: the same host in any letter case, and its path equal to, or a prefix by whole
    /// segments of, the path. Ids may be percent-encoded once more inside it.
    /// </summary>
    /// <param name="hostName">The hub's host name.</param>
    /// <param name="path">Below the host, decoded, such as <c>devices/d1</c>; empty for the hub itself.</param>
    public bool Covers(string hostName, string path)
    {
        if (!string.Equals(_segments[0], hostName, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = path.AsSpan().Trim('/');
        for (var i = 1; i < _segments.Length; i++)
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? default : rest[(slash + 1)..];

            // Collection names alternate with ids; only ids are case-sensitive.
            var comparison = i % 2 == 1 ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            if (!segment.Equals(_segments[i], comparison) && !segment.Equals(Uri.UnescapeDataString(_segments[i]), comparison))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Returns the scope and the time, without the signature.</summary>
    public override string ToString() => $"sr={RawResource}&se={_rawExpiry}" + (KeyName is null ? string.Empty : $"&skn={KeyName}");

    private static bool Set(ref string? field, ReadOnlySpan<char> value)
    {
        var duplicate = field is not null;
        field = value.ToString();
        return duplicate;
    }

    private static void Sign(string sr, string se, ReadOnlySpan<byte> key, Span<byte> mac)
    {
        var length = Encoding.UTF8.GetMaxByteCount(sr.Length + 1 + se.Length);
        var data = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        var used = Encoding.UTF8.GetBytes(sr, data);
        data[used++] = (byte)'\n';
        used += Encoding.UTF8.GetBytes(se, data[used..]);
        HMACSHA256.HashData(key, data[..used], mac);
    }

    private static string[] Split(string resource)
    {
        var scheme = resource.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            resource = resource[(scheme + 3)..];
        }

        // An old example has an api-version behind a last slash, and the hub takes it (wire facts 3.1.7).
        var segments = resource.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length > 1 && segments[^1].StartsWith("api-version=", StringComparison.Ordinal))
        {
            segments = segments[..^1];
        }

        if (segments.Length == 0)
        {
            return [string.Empty];
        }

        var port = segments[0].IndexOf(':');
        if (port >= 0)
        {
            segments[0] = segments[0][..port];
        }

        return segments;
    }
}
