using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;

namespace Nave.Server.Http;

/// <summary>One request to one hub.</summary>
internal sealed class HubRequest(HttpContext context, IotHub hub, int maxBodyBytes) : ApiRequest(context, maxBodyBytes)
{
    public IotHub Hub { get; } = hub;

    /// <summary>Gets what tells whether the caller may still do what it does: for requests that last.</summary>
    public Func<bool> IsAuthorized { get; private init; } = static () => true;

    /// <summary>Gets the device of the path, and its module if the path names one.</summary>
    public IdentityId Identity => new(Route("deviceId"), OptionalRoute("moduleId"));

    /// <summary>Returns the request with what tells whether its caller may still do what it does.</summary>
    public HubRequest With(Func<bool> isAuthorized) => new(Context, Hub, MaxBodyBytes) { IsAuthorized = isAuthorized };
}
