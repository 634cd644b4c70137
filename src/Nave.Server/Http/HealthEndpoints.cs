using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nave.Server.Http;

/// <summary>Liveness and readiness, on every host name and without a token.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HttpHeadParts parts)
    {
        routes.MapGet("/livez", context => context.Response.WriteAsync("ok\n", context.RequestAborted));
        routes.MapGet("/readyz", context => ReadyAsync(context, parts));
    }

    // Ready = every hub takes events. A load balancer sends new connections elsewhere meanwhile.
    private static Task ReadyAsync(HttpContext context, HttpHeadParts parts)
    {
        var stuck = parts.Hubs.Hubs.Where(hub => !hub.Telemetry.Available).Select(hub => hub.HostName).ToArray();
        context.Response.StatusCode = stuck.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(
            stuck.Length == 0 ? "ok\n" : $"not storing events: {string.Join(", ", stuck)}\n", context.RequestAborted);
    }
}
