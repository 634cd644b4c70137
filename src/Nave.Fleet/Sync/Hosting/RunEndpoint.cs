using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nave.Fleet.Sync.EventGrid;
using Nave.Fleet.Sync.Facade;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>
/// Starts a run: <c>POST /api/IoTHubSynchronizer_HttpListener</c>, the address of the synchronizer that Nave replaces, with the key of a
/// caller of the façade or what the webhook takes.
/// </summary>
internal sealed class RunEndpoint(RunLauncher runs, FacadeEndpoints? facade, WebhookGuard? guard)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/api/IoTHubSynchronizer_HttpListener";

    /// <summary>Adds the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, StartAsync);

    private async Task StartAsync(HttpContext context)
    {
        var allowed = facade?.MayStartRuns(context.Request) == true
            || (guard is not null && await guard.AllowsAsync(context.Request, context.RequestAborted).ConfigureAwait(false));
        if (!allowed)
        {
            await SyncHttp.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        if (!runs.TryStart("http", out _))
        {
            await SyncHttp.ErrorAsync(context, StatusCodes.Status409Conflict, "A run is under way; one at a time is.").ConfigureAwait(false);
            return;
        }

        await SyncHttp.JsonAsync(context, StatusCodes.Status202Accepted, json => json.WriteString("status", "started")).ConfigureAwait(false);
    }
}
