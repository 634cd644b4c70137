using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nave.Hub;

namespace Nave.Server.Http;

/// <summary>Liveness, readiness and which hub is active, on every host name and without a token.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, HttpHeadParts parts)
    {
        routes.MapGet("/livez", context => context.Response.WriteAsync("ok\n", context.RequestAborted));
        routes.MapGet("/readyz", context => ReadyAsync(context, parts));
        routes.MapGet("/activez", context => ActiveAsync(context, parts));
    }

    // Active = the hub that the request names takes devices. A proxy before a hub and its mirror sends devices to the one that answers 200.
    private static Task ActiveAsync(HttpContext context, HttpHeadParts parts)
    {
        var host = context.Request.Host.Host;
        var problem = !parts.Hubs.TryFind(host, out var hub) ? $"there is no hub '{host}' here\n"
            : hub.Definition.Standby ? $"'{hub.HostName}' stands by\n"
            : !hub.Telemetry.Available ? $"'{hub.HostName}' is not storing events\n"
            : null;
        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(problem ?? "ok\n", context.RequestAborted);
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
