using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nave.Hub;

namespace Nave.Server.Http;

/// <summary>Liveness and readiness, on every host name and without a token.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HttpHeadParts parts)
    {
        routes.MapGet("/livez", context => context.Response.WriteAsync("ok\n", context.RequestAborted));
        routes.MapGet("/readyz", context => ReadyAsync(context, parts));
    }

    // Ready = every hub takes events and changes. A load balancer sends new connections elsewhere meanwhile.
    private static Task ReadyAsync(HttpContext context, HttpHeadParts parts)
    {
        var problems = Problem("not storing events", hub => hub.Telemetry.Available) + Problem("not storing identities and twins", hub => hub.TakesChanges);
        context.Response.StatusCode = problems.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(problems.Length == 0 ? "ok\n" : problems, context.RequestAborted);

        string Problem(string what, Func<IotHub, bool> works)
        {
            var stuck = parts.Hubs.Hubs.Where(hub => !works(hub)).Select(hub => hub.HostName).ToArray();
            return stuck.Length == 0 ? "" : $"{what}: {string.Join(", ", stuck)}\n";
        }
    }
}
