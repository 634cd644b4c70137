using Nave.Api;

namespace Nave.Hub.Security;

/// <summary>Decides who may do what in one hub.</summary>
public sealed class HubAuthenticator
{
    /// <summary>Authenticates a device or module by token or certificate.</summary>
    /// <returns>The principal, or 401 (bad, expired or wrongly scoped credential, unknown device) or 403012 (disabled).</returns>
    public ValueTask<HubResult<DevicePrincipal>> AuthenticateDeviceAsync(
        IdentityId id, DeviceCredential credential, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Checks a service-side token.</summary>
    /// <param name="token">The text of the shared access signature; <see langword="null"/> is refused.</param>
    /// <param name="required">The rights that the operation needs.</param>
    /// <param name="path">The resource below the host, such as <c>devices/d1</c>; the token's scope must cover it.</param>
    /// <returns>The name of the policy, or 401.</returns>
    public HubResult<string> AuthorizeService(string? token, AccessRights required, string path) => throw new NotImplementedException();
}
