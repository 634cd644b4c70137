using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;
using Nave.Storage;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>
/// The webhook that Event Grid delivers to. It answers 200 when everything of a delivery that concerns the hub is durable in the queue, 503
/// when it is not (Event Grid comes again), 400 when the body is no delivery (it never will be).
/// </summary>
internal sealed partial class EventGridEndpoint
{
    /// <summary>Where it is: the path of the synchronizer that Nave replaces.</summary>
    public const string Path = "/api/ExternalRegistrySynchronizer_EventGridListener";

    private const string Source = "eventGrid";
    private static readonly string s_retryAfter = 10.ToString(CultureInfo.InvariantCulture);

    private readonly WebhookGuard _guard;
    private readonly WorkQueue _queue;
    private readonly string _hubName;
    private readonly ILogger<EventGridEndpoint> _logger;

    /// <summary>Initializes the endpoint.</summary>
    /// <param name="guard">Who may deliver.</param>
    /// <param name="queue">Where work goes.</param>
    /// <param name="hubHostName">The hub whose events are wanted.</param>
    /// <param name="logger">The log.</param>
    public EventGridEndpoint(WebhookGuard guard, WorkQueue queue, string hubHostName, ILogger<EventGridEndpoint> logger)
    {
        _guard = guard;
        _queue = queue;
        _hubName = hubHostName.Split('.')[0];
        _logger = logger;
    }

    /// <summary>Adds the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, DeliverAsync);
        routes.MapMethods(Path, [HttpMethods.Options], HandshakeAsync);
    }

    // CloudEvents 1.0, HTTP 1.1 Web Hooks, section 4: the sender asks whether it may send.
    private async Task HandshakeAsync(HttpContext context)
    {
        if (!await _guard.AllowsAsync(context.Request, context.RequestAborted).ConfigureAwait(false))
        {
            await SyncHttp.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        if (context.Request.Headers["WebHook-Request-Origin"] is not [{ Length: > 0 and <= 255 } origin])
        {
            await SyncHttp.ErrorAsync(context, StatusCodes.Status400BadRequest, "A handshake has one header WebHook-Request-Origin of 1 to 255 characters.").ConfigureAwait(false);
            return;
        }

        context.Response.Headers["WebHook-Allowed-Origin"] = origin;
        context.Response.Headers["WebHook-Allowed-Rate"] = "*";
        context.Response.Headers.Allow = "POST";
        Log.Validated(_logger, "CloudEvents");
    }

    private async Task DeliverAsync(HttpContext context)
    {
        if (!await _guard.AllowsAsync(context.Request, context.RequestAborted).ConfigureAwait(false))
        {
            await SyncHttp.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        if (await SyncHttp.ReadBodyAsync(context, EventGridParser.MaxBodyBytes).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (!EventGridParser.TryParse(body, out var batch, out var problem))
        {
            SyncTelemetry.Received(Source, "rejected");
            await SyncHttp.ErrorAsync(context, StatusCodes.Status400BadRequest, problem).ConfigureAwait(false);
            return;
        }

        if (batch.ValidationCode is { } code)
        {
            Log.Validated(_logger, "Event Grid");
            await SyncHttp.JsonAsync(context, StatusCodes.Status200OK, json => json.WriteString("validationResponse", code)).ConfigureAwait(false);
            return;
        }

        foreach (var bad in batch.Problems)
        {
            Log.BadEvent(_logger, bad);
        }

        var wanted = batch.Events.Where(IsWanted).Select(RequestOf).ToList();
        SyncTelemetry.Received(Source, "rejected", batch.Problems.Count);
        SyncTelemetry.Received(Source, "ignored", batch.Events.Count - wanted.Count);
        try
        {
            var refused = await _queue.EnqueueAsync(wanted, context.RequestAborted).ConfigureAwait(false);
            SyncTelemetry.Received(Source, "queued", wanted.Count - refused);
            if (refused == 0)
            {
                return;
            }

            Log.Full(_logger, _queue.Count);
        }
        catch (StorageUnavailableException e)
        {
            Log.StoreFailed(_logger, e);
        }

        context.Response.Headers.RetryAfter = s_retryAfter;
        await SyncHttp.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The queue takes no more at present. Deliver again.").ConfigureAwait(false);
    }

    private static WorkRequest RequestOf(GridEvent gridEvent) => new(
        gridEvent.DeviceId, gridEvent.Kind == GridEventKind.DeviceDeleted ? WorkOperation.Delete : WorkOperation.Create, Source);

    // A topic may carry other hubs' events too: a device of the same name there says nothing of ours.
    private bool IsWanted(GridEvent gridEvent) => gridEvent.Kind != GridEventKind.Other
        && (gridEvent.HubName is null || gridEvent.HubName.Equals(_hubName, StringComparison.OrdinalIgnoreCase));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A sender of {Schema} events asked whether it may deliver, and may.")]
        public static partial void Validated(ILogger logger, string schema);

        [LoggerMessage(2, LogLevel.Warning, "An event of a delivery is left out; the others are taken. {Problem}")]
        public static partial void BadEvent(ILogger logger, string problem);

        [LoggerMessage(3, LogLevel.Error, "The queue is full with {Count} devices; a delivery was refused and will come again.")]
        public static partial void Full(ILogger logger, long count);

        [LoggerMessage(4, LogLevel.Error, "The store of work cannot be used; a delivery was refused and will come again.")]
        public static partial void StoreFailed(ILogger logger, Exception exception);
    }
}
