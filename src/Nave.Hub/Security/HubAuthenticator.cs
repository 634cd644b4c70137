using System.Security.Cryptography;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Hosting;

namespace Nave.Hub.Security;

/// <summary>Decides who may do what in one hub.</summary>
public sealed class HubAuthenticator : ISessionGuard, IDisposable
{
    private readonly HubSettingsKeeper _settings;
    private readonly PolicyTable _policies;
    private readonly IdentityDirectory _identities;
    private readonly TimeProvider _time;
    private readonly TimeSpan _clockSkew;
    private readonly SemaphoreSlim _changing = new(1, 1);

    internal HubAuthenticator(
        HubSettingsKeeper settings,
        PolicyTable policies,
        IdentityDirectory identities,
        CertificateAuthorities authorities,
        TimeProvider time,
        TimeSpan clockSkew)
    {
        _settings = settings;
        _policies = policies;
        _identities = identities;
        Authorities = authorities;
        _time = time;
        _clockSkew = clockSkew;
    }

    /// <summary>Gets the shared access policies in name order, with their keys.</summary>
    public IReadOnlyList<SharedAccessPolicy> Policies => _policies.All;

    /// <summary>Gets the certificate authorities whose devices may connect.</summary>
    public CertificateAuthorities Authorities { get; }

    private bool IsStandby => _settings.Current.Definition.Standby;

    /// <summary>Gets or sets who is told that a policy has other keys now; at composition.</summary>
    internal Action<SharedAccessPolicy>? PolicyChanged { get; set; }

    /// <summary>Gives a policy a new random key; connections that rest on the old one are closed.</summary>
    /// <returns>The policy as it is now, or 404000.</returns>
    public async ValueTask<HubResult<SharedAccessPolicy>> RegenerateKeyAsync(string policyName, PolicyKey which, CancellationToken cancellationToken)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        return await ChangePolicyAsync(
            policyName,
            old => new SharedAccessPolicy(
                old.Name, old.Rights, which == PolicyKey.Primary ? key : old.Primary, which == PolicyKey.Secondary ? key : old.Secondary),
            cancellationToken);
    }

    /// <summary>Authenticates a device or module by token or certificate.</summary>
    /// <returns>The principal, or 401 (bad, expired or wrongly scoped credential, unknown device) or 403012 (disabled).</returns>
    public ValueTask<HubResult<DevicePrincipal>> AuthenticateDeviceAsync(
        IdentityId id, DeviceCredential credential, CancellationToken cancellationToken)
    {
        // The usual case allocates no state machine: everything is in memory.
        if (_identities.FindCached(id) is { } identity)
        {
            if (!id.IsModule)
            {
                return new(Authenticate(identity, credential, null));
            }

            if (_identities.FindCached(new IdentityId(id.DeviceId)) is { } device)
            {
                return new(Authenticate(identity, credential, device));
            }
        }

        return LoadAndAuthenticateAsync(id, credential, cancellationToken);
    }

    /// <summary>Checks a service-side token.</summary>
    /// <param name="token">The text of the shared access signature; <see langword="null"/> is refused.</param>
    /// <param name="required">The rights that the operation needs.</param>
    /// <param name="path">The resource below the host, such as <c>devices/d1</c>; the token's scope must cover it.</param>
    /// <returns>The name of the policy, or 401.</returns>
    public HubResult<string> AuthorizeService(string? token, AccessRights required, string path)
    {
        if (string.IsNullOrEmpty(token))
        {
            return new HubError(HubErrorCode.IotHubUnauthorized, "Authorization header missing");
        }

        if (!SasToken.TryParse(token, out var sas))
        {
            return Malformed();
        }

        if (CheckPolicy(sas, required, path, out var policy, out _) is { } refused)
        {
            return refused;
        }

        return policy!.Name;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _changing.Dispose();
        Authorities.Dispose();
    }

    bool ISessionGuard.TryConfirm(DevicePrincipal principal) =>
        !IsStandby
        && (principal.Proof is not { } proof
        || (_identities.FindCached(principal.Id) is { } identity
            && (!principal.Id.IsModule
                || _identities.FindCached(new IdentityId(principal.Id.DeviceId)) is { Status: DeviceStatus.Enabled })
            && WhyNot(proof, identity) is null));

    async ValueTask<CloseReason?> ISessionGuard.ConfirmAsync(DevicePrincipal principal, CancellationToken cancellationToken)
    {
        if (IsStandby)
        {
            return CloseReason.Standby;
        }

        if (await _identities.FindAsync(principal.Id, cancellationToken) is not { } identity)
        {
            return CloseReason.Deleted;
        }

        if (principal.Id.IsModule
            && await _identities.FindAsync(new IdentityId(principal.Id.DeviceId), cancellationToken) is not { Status: DeviceStatus.Enabled })
        {
            return CloseReason.Disabled;
        }

        return WhyNot(principal.Proof!, identity);
    }

    /// <summary>Tells why a proof does not hold any more for an identity as it is now; <see langword="null"/> if it does.</summary>
    internal CloseReason? WhyNot(CredentialProof proof, IdentityRecord identity)
    {
        if (identity.Status == DeviceStatus.Disabled)
        {
            return CloseReason.Disabled;
        }

        if (identity.GenerationId != proof.GenerationId)
        {
            return CloseReason.Deleted;
        }

        var holds = proof.HoldsFor(identity) && proof.Kind switch
        {
            CredentialKind.PolicyKey => _policies.Find(proof.Subject) is { } policy
                && (policy.Rights & AccessRights.DeviceConnect) != 0
                && proof.UsedOneOf(policy.Primary, policy.Secondary),
            CredentialKind.Authority => Authorities.IsTrusted(proof.Authority!),
            _ => true,
        };
        return holds ? null : CloseReason.Revoked;
    }

    /// <summary>Sets the first key of a policy.</summary>
    internal ValueTask<HubResult<SharedAccessPolicy>> SetPrimaryKeyAsync(string policyName, byte[] key, CancellationToken cancellationToken) =>
        ChangePolicyAsync(policyName, old => new SharedAccessPolicy(old.Name, old.Rights, key, old.Secondary), cancellationToken);

    /// <summary>Tells whether a token's scope covers a path of this hub, such as <c>devices/d1</c>, under any of the hub's names.</summary>
    public bool Covers(SasToken token, string path) => _settings.Covers(token, path);

    private async ValueTask<HubResult<SharedAccessPolicy>> ChangePolicyAsync(
        string policyName, Func<SharedAccessPolicy, SharedAccessPolicy> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_policies.Find(policyName) is not { } old)
            {
                return new HubError(HubErrorCode.GenericNotFound, $"There is no shared access policy '{policyName}'.");
            }

            var changed = change(old);
            var all = _policies.With(changed);
            await _settings.ChangeAsync(settings => settings with { Policies = all }, cancellationToken);
            _policies.Replace(all);
            PolicyChanged?.Invoke(changed);
            return changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<HubResult<DevicePrincipal>> LoadAndAuthenticateAsync(
        IdentityId id, DeviceCredential credential, CancellationToken cancellationToken)
    {
        if (IdentityRules.Check(id) is { } invalid)
        {
            return invalid;
        }

        var identity = await _identities.FindAsync(id, cancellationToken);
        var device = id.IsModule ? await _identities.FindAsync(new IdentityId(id.DeviceId), cancellationToken) : null;
        if (identity is null || (id.IsModule && device is null))
        {
            return new HubError(HubErrorCode.IotHubUnauthorized, $"IotHub '{_settings.HostName}' does not contain the specified device '{id}'");
        }

        return Authenticate(identity, credential, device);
    }

    private HubResult<DevicePrincipal> Authenticate(IdentityRecord identity, DeviceCredential credential, IdentityRecord? device)
    {
        var result = credential.Token is not null ? ByToken(identity, credential.Token)
            : credential.Certificate is not null ? ByCertificate(identity, credential)
            : new HubError(HubErrorCode.IotHubUnauthorized, $"'{identity.Id}' presented neither a token nor a certificate.");

        // Only one who has proved to be the device learns that it is disabled.
        if (result.IsSuccess && (identity.Status == DeviceStatus.Disabled || device?.Status == DeviceStatus.Disabled))
        {
            return new HubError(HubErrorCode.DeviceDisabled, $"The device '{identity.Id.DeviceId}' is disabled.");
        }

        return result.IsSuccess && IsStandby
            ? new HubError(HubErrorCode.ServiceUnavailable, $"The hub '{_settings.HostName}' stands by: it takes no devices now.")
            : result;
    }

    private HubResult<DevicePrincipal> ByToken(IdentityRecord identity, string text)
    {
        if (!SasToken.TryParse(text, out var token))
        {
            return Malformed();
        }

        var id = identity.Id;
        var path = id.ModuleId is null ? $"devices/{id.DeviceId}" : $"devices/{id.DeviceId}/modules/{id.ModuleId}";
        if (token.KeyName is not null)
        {
            return CheckPolicy(token, AccessRights.DeviceConnect, path, out var policy, out var policyKey) is { } refused
                ? refused
                : Principal(identity, token, CredentialKind.PolicyKey, policy!.Name, policyKey!);
        }

        if (CheckTimeAndScope(token, path) is { } wrong)
        {
            return wrong;
        }

        // An identity's own key is good for that identity only: the scope has to name it.
        if (_settings.Covers(token, "devices"))
        {
            return Unauthorized($"The token's scope must name the device: {_settings.HostName}/{path}.");
        }

        if (identity.Type != AuthenticationType.Sas)
        {
            return Unauthorized($"'{id}' authenticates by {WireNames.Of(identity.Type)}, not by a token.");
        }

        var key = token.Verify(identity.PrimaryKey) ? identity.PrimaryKey
            : token.Verify(identity.SecondaryKey) ? identity.SecondaryKey
            : null;
        return key is null
            ? Unauthorized($"The token's signature was not made with a key of '{id}'.")
            : Principal(identity, token, CredentialKind.DeviceKey, "", key);
    }

    private HubResult<DevicePrincipal> ByCertificate(IdentityRecord identity, DeviceCredential credential)
    {
        var id = identity.Id;
        var certificate = credential.Certificate!;
        var now = _time.GetUtcNow();
        if (!ClientCertificate.IsValidAt(certificate, now))
        {
            return Unauthorized($"The certificate of '{id}' is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}; it is {now:u}.");
        }

        var sha1 = certificate.GetCertHashString(HashAlgorithmName.SHA1);
        var sha256 = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        switch (identity.Type)
        {
            case AuthenticationType.SelfSigned:
                return identity.HasThumbprint(sha1, sha256)
                    ? Principal(identity, CredentialKind.Thumbprint, sha1, sha256, null)
                    : Unauthorized(
                        $"Thumbprint does not match configuration: Thumbprint: SHA1Hash={sha1}, SHA2Hash={sha256}; "
                        + $"Configuration: PrimaryThumbprint={identity.PrimaryThumbprint}, SecondaryThumbprint={identity.SecondaryThumbprint}.");
            case AuthenticationType.CertificateAuthority:
                if (ClientCertificate.CommonNameOf(certificate) is var name && name != id.ToString())
                {
                    return Unauthorized($"The certificate's common name must be '{id}'; it is '{name}'.");
                }

                var chain = CertificateChain.FindAuthority(certificate, credential.Intermediates, Authorities.Trusted, now);
                return chain.Authority is null
                    ? Unauthorized($"The certificate of '{id}' is refused: {chain.Problem}.")
                    : Principal(identity, CredentialKind.Authority, sha1, sha256, chain.Authority);
            default:
                return Unauthorized($"'{id}' authenticates by {WireNames.Of(identity.Type)}, not by a certificate.");
        }
    }

    /// <summary>Checks a token that names a policy.</summary>
    private HubError? CheckPolicy(SasToken token, AccessRights required, string path, out SharedAccessPolicy? policy, out byte[]? key)
    {
        policy = null;
        key = null;
        if (CheckTimeAndScope(token, path) is { } wrong)
        {
            return wrong;
        }

        if (token.KeyName is null || _policies.Find(token.KeyName) is not { } found)
        {
            return Unauthorized($"The hub has no shared access policy '{token.KeyName}'.");
        }

        // A policy's key is in the event hub connection string too, whose clients sign otherwise.
        key = token.Verify(found.Primary) || token.VerifyWithText(found.Primary) ? found.Primary
            : token.Verify(found.Secondary) || token.VerifyWithText(found.Secondary) ? found.Secondary
            : null;
        if (key is null)
        {
            return Unauthorized($"The token's signature was not made with a key of the policy '{found.Name}'.");
        }

        if ((found.Rights & required) != required)
        {
            return new HubError(HubErrorCode.IotHubUnauthorized, $"Authorization rule '{found.Name}' does not allow access for '{path}'");
        }

        policy = found;
        return null;
    }

    private HubError? CheckTimeAndScope(SasToken token, string path)
    {
        if (!Covers(token, path))
        {
            return Unauthorized($"The token's scope '{token.RawResource}' does not cover '{_settings.HostName}/{path}'.");
        }

        var now = _time.GetUtcNow();
        return now > token.Expires && now - token.Expires > _clockSkew
            ? Unauthorized($"The token ended at {token.Expires:u}; it is {now:u}.")
            : null;
    }

    private HubResult<DevicePrincipal> Principal(IdentityRecord identity, SasToken token, CredentialKind kind, string subject, byte[] key)
    {
        // A token that is accepted although it has just ended, for the sake of skewed clocks, lasts as long as it would be accepted.
        var expires = token.Expires > _time.GetUtcNow() || token.Expires >= DateTimeOffset.MaxValue - _clockSkew
            ? token.Expires
            : token.Expires + _clockSkew;
        return new DevicePrincipal(identity.Id, identity.GenerationId, AuthMethods.Of(identity.Id, kind), expires)
        {
            Proof = new CredentialProof(kind, subject, key, identity.GenerationId),
            SendBudget = identity.SendBudget,
        };
    }

    private static HubResult<DevicePrincipal> Principal(IdentityRecord identity, CredentialKind kind, string sha1, string sha256, string? authority) =>
        new DevicePrincipal(identity.Id, identity.GenerationId, AuthMethods.Of(identity.Id, kind), null)
        {
            Proof = new CredentialProof(kind, sha256, [], identity.GenerationId) { Sha1Thumbprint = sha1, Authority = authority },
            SendBudget = identity.SendBudget,
        };

    private static HubError Malformed() => Unauthorized("The token is not of the form 'SharedAccessSignature sr=…&sig=…&se=…[&skn=…]'.");

    private static HubError Unauthorized(string message) => new(HubErrorCode.IotHubUnauthorizedAccess, message);
}
