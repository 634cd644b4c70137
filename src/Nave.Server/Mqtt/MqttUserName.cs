using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Server.Mqtt;

/// <summary>What a device says in CONNECT's user name: <c>{host}/{clientId}/?api-version=…</c> (wire facts 4.1.2).</summary>
/// <param name="HostName">The hub's host name, as sent.</param>
/// <param name="Id">The identity that the client id names.</param>
/// <param name="ApiVersion">The version, or <see langword="null"/> if there is none.</param>
/// <param name="ModelId">The digital twin model, or <see langword="null"/>.</param>
internal sealed record MqttUserName(string HostName, IdentityId Id, string? ApiVersion, string? ModelId)
{
    private const int MaxIdLength = 128;

    /// <summary>Parses a user name; the client id tells where its own part ends, since ids may contain <c>?</c>.</summary>
    /// <returns><see langword="false"/> if it is malformed, or names another client.</returns>
    public static bool TryParse(string? userName, string clientId, [NotNullWhen(true)] out MqttUserName? result)
    {
        result = null;
        var slash = userName?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash <= 0 || !TryParseClientId(clientId, out var id))
        {
            return false;
        }

        if (!TryTakeClientId(userName.AsSpan(slash + 1), clientId, out var rest))
        {
            return false;
        }

        if (rest.StartsWith("/"))
        {
            rest = rest[1..];
        }

        string? version = null, model = null;
        if (!rest.IsEmpty)
        {
            // Azure's first documentation had no question mark, and devices in the field still send it so.
            if (rest[0] == '?')
            {
                rest = rest[1..];
            }
            else if (!rest.StartsWith("api-version=", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            ReadQuery(rest, ref version, ref model);
        }

        result = new MqttUserName(userName![..slash], id, version, model);
        return true;
    }

    /// <summary>Whether an API version looks like one: a date, perhaps with a suffix such as <c>-preview</c>.</summary>
    public static bool IsApiVersion(ReadOnlySpan<char> version) =>
        version.Length >= 10 && (version.Length == 10 || version[10] == '-')
        && DateOnly.TryParseExact(version[..10], "yyyy-MM-dd", out _);

    private static bool TryParseClientId(string clientId, out IdentityId id)
    {
        var slash = clientId.IndexOf('/', StringComparison.Ordinal);
        var device = slash < 0 ? clientId : clientId[..slash];
        var module = slash < 0 ? null : clientId[(slash + 1)..];
        id = new IdentityId(device, module);
        return device.Length is > 0 and <= MaxIdLength
            && (module is null || (module.Length is > 0 and <= MaxIdLength && !module.Contains('/', StringComparison.Ordinal)));
    }

    // Literally first, then percent-decoded: some clients escape the id here.
    private static bool TryTakeClientId(ReadOnlySpan<char> text, string clientId, out ReadOnlySpan<char> rest)
    {
        if (text.StartsWith(clientId, StringComparison.Ordinal) && (text.Length == clientId.Length || text[clientId.Length] is '/' or '?'))
        {
            rest = text[clientId.Length..];
            return true;
        }

        var end = text.IndexOf("/?");
        var escaped = (end < 0 ? text : text[..end]).TrimEnd('/');
        rest = end < 0 ? default : text[end..];
        return PercentEncoding.DecodeLeniently(escaped.ToString()) == clientId;
    }

    private static void ReadQuery(ReadOnlySpan<char> query, ref string? version, ref string? model)
    {
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            var key = pair[..equals];
            if (key.Equals("api-version", StringComparison.OrdinalIgnoreCase))
            {
                version = PercentEncoding.DecodeLeniently(pair[(equals + 1)..].ToString());
            }
            else if (key.Equals("model-id", StringComparison.OrdinalIgnoreCase))
            {
                model = PercentEncoding.DecodeLeniently(pair[(equals + 1)..].ToString());
            }
        }
    }
}
