using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Amqp;

/// <summary>
/// What one connection has to prove identities with: the tokens that were put to <c>$cbs</c> or given with SASL PLAIN, by resource, and the
/// client's certificate. A token with the same resource and policy replaces the older one: a renewal. Thread-safe.
/// </summary>
/// <param name="hub">The hub that the connection chose.</param>
/// <param name="chain">The client's certificate and what came with it, leaf first, or <see langword="null"/>.</param>
/// <param name="maxTokens">How many tokens are kept.</param>
/// <param name="time">The clock.</param>
internal sealed class PeerCredentials(IotHub hub, X509Certificate2Collection? chain, int maxTokens, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Path, string? KeyName), PeerToken> _tokens = [];

    /// <summary>Gets the hub.</summary>
    public IotHub Hub => hub;

    /// <summary>Checks a token and keeps it.</summary>
    /// <returns>The token; or 401 (malformed, expired, of another host, or not signed with a key it names), 403000 too many.</returns>
    public async ValueTask<HubResult<PeerToken>> PutAsync(string text, CancellationToken cancellationToken)
    {
        if (!SasToken.TryParse(text, out var token))
        {
            return new HubError(HubErrorCode.IotHubUnauthorizedAccess, "The token is not of the form 'SharedAccessSignature sr=…&sig=…&se=…[&skn=…]'.");
        }

        if (!hub.Answers(token.Host))
        {
            return new HubError(
                HubErrorCode.IotHubUnauthorizedAccess, $"The token is for the host '{token.Host}'; the connection is to '{hub.HostName}'.");
        }

        var refused = token.KeyName is null
            ? await CheckIdentityAsync(text, token, cancellationToken)
            : hub.Authenticator.AuthorizeService(text, AccessRights.None, token.Path).Error;
        if (refused is not null)
        {
            return refused;
        }

        var kept = new PeerToken(text, token);
        lock (_gate)
        {
            if (_tokens.Count >= maxTokens && !_tokens.ContainsKey((token.Path, token.KeyName)) && !DropExpired())
            {
                return new HubError(HubErrorCode.GenericForbidden, $"The connection has {maxTokens} tokens; no more are permitted.");
            }

            _tokens[(token.Path, token.KeyName)] = kept;
        }

        return kept;
    }

    /// <summary>Authenticates a device or module with what the connection has: its newest token, or the certificate.</summary>
    /// <returns>The principal, or 401 or 403012 as <see cref="HubAuthenticator.AuthenticateDeviceAsync"/> says.</returns>
    public async ValueTask<HubResult<DevicePrincipal>> AuthenticateAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var path = PathOf(id);
        HubResult<DevicePrincipal>? last = null;
        foreach (var token in Covering(path))
        {
            last = await hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(token.Text), cancellationToken);
            if (last.Value.IsSuccess)
            {
                return last.Value;
            }
        }

        if (chain is { Count: > 0 })
        {
            return await hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(null, chain[0], chain), cancellationToken);
        }

        return last ?? new HubError(HubErrorCode.IotHubUnauthorizedAccess, $"No token for '{path}' was put to $cbs.");
    }

    /// <summary>Tells whether some token gives rights on a resource, now.</summary>
    /// <param name="rights">What is needed.</param>
    /// <param name="path">Below the host, such as <c>messages/devicebound</c>.</param>
    /// <returns>The policy's name, or 401.</returns>
    public HubResult<string> Authorize(AccessRights rights, string path)
    {
        HubResult<string>? last = null;
        foreach (var token in Covering(path))
        {
            last = hub.Authenticator.AuthorizeService(token.Text, rights, path);
            if (last.Value.IsSuccess)
            {
                return last.Value;
            }
        }

        return last ?? new HubError(HubErrorCode.IotHubUnauthorizedAccess, $"No token for '{path}' was put to $cbs.");
    }

    /// <summary>Tells whether a token's scope covers an identity.</summary>
    public bool Covers(PeerToken token, IdentityId id) => hub.Authenticator.Covers(token.Token, PathOf(id));

    private static string PathOf(IdentityId id) =>
        id.ModuleId is null ? $"devices/{id.DeviceId}" : $"devices/{id.DeviceId}/modules/{id.ModuleId}";

    // Those that end last come first.
    private List<PeerToken> Covering(string path)
    {
        lock (_gate)
        {
            var covering = _tokens.Values.Where(token => hub.Authenticator.Covers(token.Token, path)).ToList();
            covering.Sort((a, b) => b.Token.Expires.CompareTo(a.Token.Expires));
            return covering;
        }
    }

    // An identity's own key signs for that identity alone, and the resource names it; its id may be escaped once more (wire facts 3.1.3).
    private async ValueTask<HubError?> CheckIdentityAsync(string text, SasToken token, CancellationToken cancellationToken)
    {
        HubError? refused = null;
        foreach (var path in (string[])[token.Path, PercentEncoding.DecodeLeniently(token.Path)])
        {
            var segments = path.Split('/');
            var isModule = segments.Length == 4 && segments[2].Equals("modules", StringComparison.OrdinalIgnoreCase);
            if (!segments[0].Equals("devices", StringComparison.OrdinalIgnoreCase) || (segments.Length != 2 && !isModule))
            {
                continue;
            }

            var id = new IdentityId(segments[1], isModule ? segments[3] : null);
            var result = await hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(text), cancellationToken);
            if (result.IsSuccess)
            {
                return null;
            }

            refused ??= result.Error;
        }

        return refused ?? new HubError(
            HubErrorCode.IotHubUnauthorizedAccess, $"The token names no policy, so its resource must be a device or module; it is '{token.Path}'.");
    }

    private bool DropExpired()
    {
        var now = time.GetUtcNow();
        foreach (var (key, token) in _tokens)
        {
            if (token.Token.Expires < now)
            {
                _tokens.Remove(key);
            }
        }

        return _tokens.Count < maxTokens;
    }
}
