using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.EventGrid;
using Nave.Fleet.Sync.Facade;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Realtime;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.Schedules;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>
/// What <c>nave sync serve</c> runs: one process for schedules, webhooks, the façade, the hub's events and the work that comes of them, over
/// one store.
/// </summary>
public sealed partial class SyncServer : IAsyncDisposable
{
    private static readonly TimeSpan s_loopPause = TimeSpan.FromSeconds(5);

    private readonly SyncConfiguration _configuration;
    private readonly SyncServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<SyncServer> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<IAsyncDisposable> _owned = new();
    private readonly List<Task> _loops = [];
    private readonly Meter _meter = new(SyncTelemetry.Name);
    private SyncHead? _head;
    private RunLauncher? _runs;
    private int _stopped;

    private SyncServer(SyncConfiguration configuration, SyncServerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _configuration = configuration;
        _options = options;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<SyncServer>();
    }

    /// <summary>Gets what is printed when it is ready.</summary>
    public SyncReady Ready { get; private set; } = null!; // Set before the server is handed out.

    /// <summary>Starts.</summary>
    /// <param name="configuration">What is kept in step with what.</param>
    /// <param name="options">What is given beside.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where events and problems are told.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SyncServerException">The configuration cannot be served: all problems.</exception>
    /// <exception cref="SyncStoreBusyException">Another process has the store.</exception>
    /// <exception cref="IOException">The port may not be bound, or the store cannot be opened.</exception>
    public static async Task<SyncServer> StartAsync(
        SyncConfiguration configuration, SyncServerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var server = new SyncServer(configuration, options, time, loggers);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes no more requests, lets what is under way end for a while, and leaves the rest in the queue.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        using var soon = new CancellationTokenSource(_options.StopTimeout);
        if (_head is not null)
        {
            await _head.StopAsync(soon.Token).ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        if (_runs is not null)
        {
            await _runs.Current.ConfigureAwait(false);
        }

        Log.Stopped(_logger, _configuration.Name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_head is not null)
        {
            await _head.DisposeAsync().ConfigureAwait(false);
        }

        while (_owned.TryPop(out var part))
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // 1. All problems at once, before anything is opened.
        var problems = new List<string>();
        var listener = SyncListener.Of(_configuration, problems);
        CronSchedule? schedule = null;
        if (_configuration.Schedule is { } text && !CronSchedule.TryParse(text, out schedule, out var wrong))
        {
            problems.Add($"'schedule': {wrong}");
        }

        var takesWebhooks = _configuration.Webhooks.Enabled;
        if (takesWebhooks && _configuration.Webhooks.SharedSecrets.Count == 0 && Tokens() is null)
        {
            problems.Add("'webhooks' is enabled without 'sharedSecret' and 'azureAd': deliveries are never anonymous.");
        }

        if (problems.Count > 0)
        {
            throw new SyncServerException(problems);
        }

        // 2. The parts.
        var store = Own(await SyncStore.OpenAsync(_configuration, _time, _loggers.CreateLogger<SyncStore>(), cancellationToken).ConfigureAwait(false));
        var provider = Own(_configuration.CreateProvider(
            new ProviderContext(_time, _loggers) { BaseFolder = _configuration.BaseFolder, SyncName = _configuration.Name }));
        var hub = OwnDisposable(_configuration.Hub.CreateService(_time));
        var events = new SyncEvents(_loggers.CreateLogger<SyncEvents>());
        var queueOptions = new WorkQueueOptions { Sync = _configuration.Name, Capacity = _configuration.Serve.QueueCapacity };
        var queue = await WorkQueue.OpenAsync(store.Documents, queueOptions, _time, cancellationToken).ConfigureAwait(false);
        _runs = new RunLauncher(_options.Run ?? RunnerOf(store, provider, hub), _loggers.CreateLogger<RunLauncher>(), _stopping.Token);
        var runner = schedule is null ? null : new ScheduleRunner(schedule, RunOnScheduleAsync, _time, _loggers.CreateLogger<ScheduleRunner>());

        // 3. Real time: only a hub that is the master is followed.
        var follows = _configuration.Master == SyncMaster.Hub;
        var dispatcher = follows ? OwnDisposable(NewDispatcher(queue, hub, provider, store, events)) : null;
        var reader = follows && (_configuration.Realtime.Events ?? !takesWebhooks) ? NewReader(queue, store) : null;

        // 4. Doors, and last the loops.
        var control = new LocalSyncControl(_configuration, store, queue, ownsStore: false)
        {
            Complete = status => status with
            {
                Serving = true,
                InWork = dispatcher?.Running ?? 0,
                NextRun = runner?.Next,
                Events = reader is null ? null : new SyncEventsStatus(reader.IsReading, reader.LastEvent, reader.Problem),
            },
        };
        Own(await ControlHead.StartAsync(control, ControlSocket.PathOf(_configuration.StoreFolder), _loggers, cancellationToken).ConfigureAwait(false));
        var facade = _configuration.Facade.Enabled ? NewFacade(hub, provider, events) : null;
        var guard = takesWebhooks ? NewGuard() : null;
        _head = await SyncHead.StartAsync(
            listener, _configuration.Serve, routes => Map(routes, store, queue, facade, follows ? guard : null, guard), _loggers, cancellationToken).ConfigureAwait(false);
        Measure(queue, dispatcher);
        Loop(dispatcher is null ? null : dispatcher.RunAsync);
        Loop(reader is null ? null : reader.RunAsync);
        Loop(runner is null ? null : runner.RunAsync);
        Ready = NewReady(schedule, facade is not null, follows && guard is not null, reader is not null);
        foreach (var note in _configuration.Notes.Concat(OwnNotes(follows, takesWebhooks, reader is not null)))
        {
            Log.Note(_logger, note);
        }
    }

    private static IEnumerable<string> OwnNotes(bool follows, bool takesWebhooks, bool reads)
    {
        if (follows && !takesWebhooks && !reads)
        {
            yield return "The hub is the master, and neither its events are read nor webhooks taken: only the schedule brings changes.";
        }

        if (!follows && takesWebhooks)
        {
            yield return "Deliveries of Event Grid are not taken, for the hub is not the only master ('master: hub').";
        }
    }

    private void Map(
        IEndpointRouteBuilder routes, SyncStore store, WorkQueue queue, FacadeEndpoints? facade, WebhookGuard? deliveries, WebhookGuard? guard)
    {
        routes.MapGet("/livez", context => context.Response.WriteAsync("ok\n", context.RequestAborted));
        routes.MapGet("/readyz", context =>
        {
            var isReady = store.Documents.Available && !_stopping.IsCancellationRequested;
            context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(isReady ? "ok\n" : "not storing work\n", context.RequestAborted);
        });
        if (_options.Metrics is { } metrics)
        {
            routes.MapGet("/metrics", async context =>
            {
                context.Response.ContentType = metrics.ContentType;
                metrics.Write(context.Response.BodyWriter);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            });
        }

        facade?.Map(routes);
        if (deliveries is not null)
        {
            new EventGridEndpoint(deliveries, queue, _configuration.Hub.Connection.HostName, _loggers.CreateLogger<EventGridEndpoint>()).Map(routes);
        }

        if (facade is not null || guard is not null)
        {
            new RunEndpoint(_runs!, facade, guard).Map(routes); // Set before the doors open.
        }
    }

    private Func<string, CancellationToken, Task<SyncRun>> RunnerOf(SyncStore store, IDeviceProvider provider, ServiceClient hub)
    {
        var runner = new SyncRunner(_configuration, hub, provider, store, _time, _loggers);
        return (trigger, cancellationToken) => runner.ApplyAsync(new SyncApplyOptions { Trigger = trigger }, progress: null, cancellationToken);
    }

    private WorkDispatcher NewDispatcher(WorkQueue queue, ServiceClient hub, IDeviceProvider provider, SyncStore store, SyncEvents events)
    {
        var options = new WorkDispatcherOptions
        {
            Hub = _configuration.Hub.Connection.HostName,
            Concurrency = _configuration.Serve.Concurrency,
            Retry = _configuration.Retry,
            StopTimeout = _options.StopTimeout,
        };
        var handler = new DeviceReconciler(_configuration, hub, provider, store, events, _time);
        return new WorkDispatcher(queue, handler, options, events, _time, _loggers.CreateLogger<WorkDispatcher>());
    }

    private HubEventReader NewReader(WorkQueue queue, SyncStore store)
    {
        var realtime = _configuration.Realtime;
        var options = new AmqpClientOptions
        {
            Transport = realtime.OverWebSocket ? ClientTransport.AmqpWebSocket : ClientTransport.Amqp,
            Endpoint = realtime.Endpoint,
            TrustedRoots = _configuration.Hub.CaFile is { } file ? ClientTrust.LoadPem(file) : null,
            TimeProvider = _time,
        };
        return new HubEventReader(
            () => realtime.EventHub is { } eventHub ? EventsClient.Create(eventHub, options) : EventsClient.Create(_configuration.Hub.Connection, options),
            realtime.ConsumerGroup,
            _configuration.Name,
            queue,
            store.Documents,
            _time,
            _loggers.CreateLogger<HubEventReader>());
    }

    private FacadeEndpoints NewFacade(ServiceClient hub, IDeviceProvider provider, SyncEvents events)
    {
        var hubs = new Dictionary<string, FacadeHub>(StringComparer.OrdinalIgnoreCase)
        {
            // What runs of this sync may change and delete later is what it made.
            [FacadeEndpoints.DefaultHub] = new FacadeHub(hub, device => MarkOf(provider, device)),
        };
        foreach (var (name, settings) in _configuration.NamedHubs)
        {
            hubs[name] = new FacadeHub(OwnDisposable(settings.CreateService(_time)), _ => null);
        }

        return new FacadeEndpoints(_configuration.Facade, hubs, events, _loggers.CreateLogger<FacadeEndpoints>());
    }

    private SyncMark? MarkOf(IDeviceProvider provider, HubDevice device) =>
        _configuration.Master == SyncMaster.External && provider.Validate(device).Count == 0
            ? new SyncMark(_configuration.Name, provider.Traits.Name, provider.ToExternal(device).Key, [.. device.Tags.Keys.Order(StringComparer.Ordinal)])
            : null;

    private TokenSettings? Tokens() => _options.Tokens ?? (_configuration.Webhooks is { AzureAdTenant: { } tenant, AzureAdAudience: { } audience }
        ? TokenSettings.AzureAd(tenant, audience, _configuration.Webhooks.AzureAdClients)
        : null);

    private WebhookGuard NewGuard()
    {
        TokenValidator? validator = null;
        if (Tokens() is { } tokens)
        {
            var http = OwnDisposable(new HttpClient { Timeout = TimeSpan.FromSeconds(10) });
            validator = new TokenValidator(tokens, OwnDisposable(new SigningKeys(tokens, http, _time, _loggers.CreateLogger<SigningKeys>())), _time);
        }

        return new WebhookGuard(new SharedSecrets(_configuration.Webhooks.SharedSecrets), validator, _loggers.CreateLogger<WebhookGuard>());
    }

    private void Measure(WorkQueue queue, WorkDispatcher? dispatcher)
    {
        var tag = new KeyValuePair<string, object?>("sync", _configuration.Name);
        _meter.CreateObservableGauge("nave.sync.queue.depth", () => new Measurement<long>(queue.Count, tag), description: "Devices that wait or are worked on.");
        _meter.CreateObservableGauge("nave.sync.dead", () => new Measurement<long>(queue.DeadLetters.Count, tag), description: "Devices that were given up.");
        _meter.CreateObservableGauge("nave.sync.work.running", () => new Measurement<int>(dispatcher?.Running ?? 0, tag), description: "Devices that are worked on now.");
    }

    private SyncReady NewReady(CronSchedule? schedule, bool hasFacade, bool hasWebhook, bool readsEvents)
    {
        var url = _head!.Url; // It listens.
        return new SyncReady
        {
            Sync = _configuration.Name,
            Hub = _configuration.Hub.Connection.HostName,
            Provider = _configuration.ProviderName,
            Master = _configuration.Master.ToString().ToLowerInvariant(),
            Url = url,
            Webhook = hasWebhook ? new Uri(url, EventGridEndpoint.Path) : null,
            Facade = hasFacade ? new Uri(url, "/api/devices/") : null,
            Events = readsEvents,
            Schedule = schedule?.ToString(),
            NextRun = schedule?.Next(_time.GetUtcNow()),
            ProcessId = Environment.ProcessId,
        };
    }

    private Task RunOnScheduleAsync(CancellationToken cancellationToken)
    {
        // One that was asked for by hand and is under way is as good.
        if (!_runs!.TryStart("schedule", out var run)) // Set before the loops begin.
        {
            Log.Skipped(_logger);
        }

        return run;
    }

    private void Loop(Func<CancellationToken, Task>? loop)
    {
        if (loop is not null)
        {
            _loops.Add(Task.Run(() => KeepUpAsync(loop, _stopping.Token), CancellationToken.None));
        }
    }

    // A loop ends when it is stopped, or has nothing more to wait for. Whatever else ends it is told, and it begins again.
    private async Task KeepUpAsync(Func<CancellationToken, Task> loop, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await loop(stopping).ConfigureAwait(false);
                return;
            }
#pragma warning disable CA1031 // One part that fails must not end the others, nor be gone in silence.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.LoopFailed(_logger, e);
            }

            try
            {
                await Task.Delay(s_loopPause, _time, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _owned.Push(part);
        return part;
    }

    private T OwnDisposable<T>(T part)
        where T : IDisposable
    {
        _owned.Push(new Disposer(part));
        return part;
    }

    private sealed class Disposer(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The sync '{Sync}' is stopped.")]
        public static partial void Stopped(ILogger logger, string sync);

        [LoggerMessage(2, LogLevel.Warning, "{Note}")]
        public static partial void Note(ILogger logger, string note);

        [LoggerMessage(4, LogLevel.Critical, "A part of the sync failed in a way that is not foreseen; it begins again.")]
        public static partial void LoopFailed(ILogger logger, Exception exception);

        [LoggerMessage(3, LogLevel.Information, "A run is under way; the one of the schedule is left out.")]
        public static partial void Skipped(ILogger logger);
    }
}
