using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Server.Mqtt.Provisioning;

/// <summary>
/// What a device that is to be provisioned says in CONNECT's user name: <c>{scope}/registrations/{id}/api-version=…</c>, without a question
/// mark (wire facts 17.2.1). Distinct from that of a hub: there, what comes after a client id without a slash begins with <c>?</c>.
/// </summary>
/// <param name="IdScope">The scope, as sent.</param>
/// <param name="RegistrationId">The registration id, which is the client id.</param>
/// <param name="ApiVersion">The version.</param>
internal sealed record ProvisioningUserName(string IdScope, string RegistrationId, string ApiVersion)
{
    private const string Registrations = "/registrations/";
    private const string Version = "api-version=";

    /// <summary>Parses a user name.</summary>
    /// <returns><see langword="false"/> if it is none of this form; it may be one of a hub.</returns>
    public static bool TryParse(string? userName, string clientId, [NotNullWhen(true)] out ProvisioningUserName? result)
    {
        result = null;
        var slash = userName?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash <= 0 || !userName.AsSpan(slash).StartsWith(Registrations, StringComparison.OrdinalIgnoreCase) || clientId.Contains('/', StringComparison.Ordinal))
        {
            return false;
        }

        var rest = userName.AsSpan(slash + Registrations.Length);
        var end = rest.IndexOf('/');
        if (end <= 0 || (!rest[..end].SequenceEqual(clientId) && PercentEncoding.DecodeLeniently(rest[..end].ToString()) != clientId))
        {
            return false;
        }

        var query = rest[(end + 1)..].TrimStart('?');
        foreach (var range in query.Split('&'))
        {
            if (query[range].StartsWith(Version, StringComparison.OrdinalIgnoreCase))
            {
                result = new ProvisioningUserName(userName![..slash], clientId, query[range][Version.Length..].ToString());
                return true;
            }
        }

        return false;
    }
}
