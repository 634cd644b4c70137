using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.EventGrid;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Sync.Facade;

/// <summary>
/// Just-in-time provisioning over HTTP, with the addresses and bodies of the synchronizer that Nave replaces: <c>POST|DELETE
/// /api/devices/{hub?}/{deviceId}</c>. Each caller has a key, and hubs that it may use.
/// </summary>
internal sealed partial class FacadeEndpoints
{
    /// <summary>What the hub of the section <c>hub</c> is called in addresses and keys.</summary>
    public const string DefaultHub = "default";

    private readonly FacadeSettings _settings;
    private readonly SharedSecrets _keys;
    private readonly IReadOnlyDictionary<string, FacadeHub> _hubs;
    private readonly SyncEvents _events;
    private readonly ILogger<FacadeEndpoints> _logger;

    /// <summary>Initializes the endpoints.</summary>
    /// <param name="settings">Who may call.</param>
    /// <param name="hubs">The hubs by name, in any letter case; the default one is called <see cref="DefaultHub"/>.</param>
    /// <param name="events">Told of devices that come and go.</param>
    /// <param name="logger">The log.</param>
    public FacadeEndpoints(FacadeSettings settings, IReadOnlyDictionary<string, FacadeHub> hubs, SyncEvents events, ILogger<FacadeEndpoints> logger)
    {
        _settings = settings;
        _keys = new SharedSecrets(settings.Keys.Select(key => key.Key));
        _hubs = hubs;
        _events = events;
        _logger = logger;
    }

    /// <summary>Adds the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/api/devices/{deviceId}", "/api/devices/{hub}/{deviceId}"])
        {
            routes.MapPost(path, context => ServeAsync(context, CreateAsync));
            routes.MapDelete(path, context => ServeAsync(context, DeleteAsync));
        }
    }

    /// <summary>Tells whether a request may start a run: it shows the key of a caller of the default hub.</summary>
    public bool MayStartRuns(HttpRequest request) => Find(request) is { } caller && MayUse(caller, DefaultHub);

    private static bool MayUse(FacadeKey caller, string hub) =>
        caller.Hubs.Count == 0 ? hub.Equals(DefaultHub, StringComparison.OrdinalIgnoreCase) : caller.Hubs.Contains(hub, StringComparer.OrdinalIgnoreCase);

    private FacadeKey? Find(HttpRequest request) => _keys.Find(RequestSecret.Of(request)) is >= 0 and var index ? _settings.Keys[index] : null;

    private async Task ServeAsync(HttpContext context, Func<HttpContext, FacadeHub, string, Task> serve)
    {
        try
        {
            if (Find(context.Request) is not { } caller)
            {
                await SyncHttp.RefuseAsync(context).ConfigureAwait(false);
                return;
            }

            // An unknown hub is never the default one.
            var name = context.Request.RouteValues["hub"] as string ?? DefaultHub;
            if (!_hubs.TryGetValue(name, out var hub))
            {
                await SyncHttp.ErrorAsync(context, StatusCodes.Status404NotFound, $"There is no hub '{name}'.").ConfigureAwait(false);
                return;
            }

            if (!MayUse(caller, name))
            {
                await SyncHttp.ErrorAsync(context, StatusCodes.Status403Forbidden, $"This key is not for the hub '{name}'.").ConfigureAwait(false);
                return;
            }

            var deviceId = (string)context.Request.RouteValues["deviceId"]!; // Both addresses have one.
            if (!IdentityRules.IsValidId(deviceId))
            {
                await SyncHttp.ErrorAsync(
                    context, StatusCodes.Status400BadRequest, "The device id is not permitted: 1 to 128 letters, digits and - : . + % _ # * ? ! ( ) , = @ $ ' are.").ConfigureAwait(false);
                return;
            }

            await CallAsync(context, serve, hub, deviceId).ConfigureAwait(false);
        }
        finally
        {
            SyncTelemetry.FacadeAnswered(context.Request.Method, context.Response.StatusCode);
        }
    }

    private async Task CallAsync(HttpContext context, Func<HttpContext, FacadeHub, string, Task> serve, FacadeHub hub, string deviceId)
    {
        try
        {
            await serve(context, hub, deviceId).ConfigureAwait(false);
        }
        catch (FacadeRefusedException e)
        {
            await SyncHttp.ErrorAsync(context, e.Status, e.Message).ConfigureAwait(false);
        }
        catch (HubException e)
        {
            Log.HubRefused(_logger, hub.HostName, deviceId, e.Message);
            var (status, message) = e.HttpStatus switch
            {
                400 or 409 or 413 => (e.HttpStatus, $"The hub refused the device. {e.Message}"),
                404 or 412 => (StatusCodes.Status409Conflict, "The device is being changed by others. Try again."),
                429 or 503 => (StatusCodes.Status503ServiceUnavailable, "The hub is busy. Try again later."),
                _ => (StatusCodes.Status502BadGateway, "The hub did not do it."),
            };
            if (status == StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.RetryAfter = 10.ToString(CultureInfo.InvariantCulture);
            }

            await SyncHttp.ErrorAsync(context, status, message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            Log.HubGone(_logger, hub.HostName, e);
            await SyncHttp.ErrorAsync(context, StatusCodes.Status502BadGateway, "The hub cannot be reached. Try again later.").ConfigureAwait(false);
        }
    }

    private async Task CreateAsync(HttpContext context, FacadeHub hub, string deviceId)
    {
        if (await SyncHttp.ReadBodyAsync(context, FacadeBody.MaxBytes).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        var outcome = await hub.CreateAsync(deviceId, FacadeBody.Parse(body), context.RequestAborted).ConfigureAwait(false);
        if (outcome is FacadeOutcome.Created or FacadeOutcome.Revived)
        {
            _events.Emit(SyncEventKind.IoTHubDeviceCreated, hub.HostName, deviceId, runId: null, outcome == FacadeOutcome.Revived ? "It had been deleted softly." : null);
        }

        var status = outcome is FacadeOutcome.Created or FacadeOutcome.Revived ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await AnswerAsync(context, status, hub, deviceId, outcome).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, FacadeHub hub, string deviceId)
    {
        var outcome = await hub.DeleteAsync(deviceId, _settings.UseSoftDelete, context.RequestAborted).ConfigureAwait(false);
        if (outcome == FacadeOutcome.NotFound)
        {
            await SyncHttp.ErrorAsync(context, StatusCodes.Status404NotFound, $"There is no device '{deviceId}'.").ConfigureAwait(false);
            return;
        }

        if (outcome is FacadeOutcome.Deleted or FacadeOutcome.Disabled)
        {
            _events.Emit(
                SyncEventKind.IoTHubDeviceDeleted, hub.HostName, deviceId, runId: null, outcome == FacadeOutcome.Disabled ? FacadeHub.SoftDeleted : null);
        }

        await AnswerAsync(context, StatusCodes.Status200OK, hub, deviceId, outcome).ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpContext context, int status, FacadeHub hub, string deviceId, FacadeOutcome outcome) =>
        SyncHttp.JsonAsync(context, status, json =>
        {
            json.WriteString("deviceId", deviceId);
            json.WriteString("hub", hub.HostName);
            json.WriteString("result", outcome.ToString().ToLowerInvariant());
        });

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The hub {Hub} refused what the facade asked for device '{DeviceId}'. {Reason}")]
        public static partial void HubRefused(ILogger logger, string hub, string deviceId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The hub {Hub} cannot be reached for the facade.")]
        public static partial void HubGone(ILogger logger, string hub, Exception exception);
    }
}
