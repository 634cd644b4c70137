using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Server.Amqp.Sasl;

/// <summary>
/// A user name of SASL PLAIN that names a hub: <c>{device}[/{module}]@sas.{hub}</c>, or <c>{policy}@sas.root.{hub}</c>; the hub by the
/// first label of its host name. Source: wire facts 5.1.4.
/// </summary>
/// <param name="Policy">The shared access policy, or <see langword="null"/>.</param>
/// <param name="Device">The identity, if no policy is named.</param>
/// <param name="Hub">The hub's short name.</param>
internal sealed record PlainUserName(string? Policy, IdentityId Device, string Hub)
{
    private const string DeviceMark = "@sas.";
    private const string PolicyMark = "@sas.root.";

    /// <summary>Reads a user name.</summary>
    /// <returns><see langword="false"/> if it is of another form.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out PlainUserName? result)
    {
        result = null;

        // An id may contain an @, the hub's name may not: the last mark counts.
        var at = text.LastIndexOf(DeviceMark, StringComparison.OrdinalIgnoreCase);
        if (at <= 0)
        {
            return false;
        }

        var isPolicy = text.AsSpan(at).StartsWith(PolicyMark, StringComparison.OrdinalIgnoreCase);
        var name = text[..at];
        var hub = text[(at + (isPolicy ? PolicyMark : DeviceMark).Length)..];
        if (hub.Length == 0)
        {
            return false;
        }

        if (isPolicy)
        {
            result = new PlainUserName(name, default, hub);
            return true;
        }

        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var id = slash < 0 ? new IdentityId(name) : new IdentityId(name[..slash], name[(slash + 1)..]);
        result = new PlainUserName(null, id, hub);
        return IdentityRules.Check(id) is null;
    }
}
