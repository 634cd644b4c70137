using System.Security.Cryptography;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Provisioning;

/// <summary>Decides who may do what on the service side of the provisioning service.</summary>
public sealed class ProvisioningAuthenticator : IDisposable
{
    private readonly string _hostName;
    private readonly PolicyTable _policies;
    private readonly Func<IReadOnlyList<SharedAccessPolicy>, Task> _save;
    private readonly TimeProvider _time;
    private readonly TimeSpan _clockSkew;
    private readonly SemaphoreSlim _changing = new(1, 1);

    internal ProvisioningAuthenticator(
        string hostName, PolicyTable policies, Func<IReadOnlyList<SharedAccessPolicy>, Task> save, TimeProvider time, TimeSpan clockSkew)
    {
        _hostName = hostName;
        _policies = policies;
        _save = save;
        _time = time;
        _clockSkew = clockSkew;
    }

    /// <summary>Gets the shared access policies in name order, with their keys.</summary>
    public IReadOnlyList<SharedAccessPolicy> Policies => _policies.All;

    /// <summary>Checks a token of the service side.</summary>
    /// <param name="token">The text of the shared access signature; <see langword="null"/> is refused.</param>
    /// <param name="required">The rights that the operation needs.</param>
    /// <param name="path">The resource below the host, such as <c>enrollments/e1</c>; the token's scope must cover it.</param>
    /// <param name="calledAs">The host name by which the caller came: a scope may name it in place of the service's own.</param>
    /// <returns>The name of the policy, or 401002.</returns>
    public HubResult<string> Authorize(string? token, AccessRights required, string path, string calledAs)
    {
        if (string.IsNullOrEmpty(token))
        {
            return Unauthorized("Authorization header missing");
        }

        if (!SasToken.TryParse(token, out var sas))
        {
            return Unauthorized("The Authorization header is no shared access signature.");
        }

        if (!sas.Covers(_hostName, path) && !sas.Covers(calledAs, path))
        {
            return Unauthorized($"The token's scope '{sas.RawResource}' does not cover '{_hostName}/{path}'.");
        }

        var now = _time.GetUtcNow();
        if (now > sas.Expires && now - sas.Expires > _clockSkew)
        {
            return Unauthorized($"The token ended at {sas.Expires:u}; it is {now:u}.");
        }

        if (sas.KeyName is null || _policies.Find(sas.KeyName) is not { } policy)
        {
            return Unauthorized($"There is no shared access policy '{sas.KeyName}'.");
        }

        if (!sas.Verify(policy.Primary) && !sas.Verify(policy.Secondary))
        {
            return Unauthorized($"The token's signature was not made with a key of the policy '{policy.Name}'.");
        }

        return (policy.Rights & required) == required
            ? policy.Name
            : Unauthorized($"Authorization rule '{policy.Name}' does not allow access for '{path}'");
    }

    /// <summary>Gives a policy a new random key.</summary>
    /// <returns>The policy as it is now, or 404000.</returns>
    public async ValueTask<HubResult<SharedAccessPolicy>> RegenerateKeyAsync(string policyName, PolicyKey which, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_policies.Find(policyName) is not { } old)
            {
                return new HubError(HubErrorCode.GenericNotFound, $"There is no shared access policy '{policyName}'.");
            }

            var key = RandomNumberGenerator.GetBytes(32);
            var changed = new SharedAccessPolicy(
                old.Name, old.Rights, which == PolicyKey.Primary ? key : old.Primary, which == PolicyKey.Secondary ? key : old.Secondary);
            var all = _policies.With(changed);
            await _save(all);
            _policies.Replace(all);
            return changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    private static HubError Unauthorized(string message) => new(HubErrorCode.IotHubUnauthorizedAccess, message);
}
