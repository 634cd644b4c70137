using Microsoft.Extensions.Logging;
using Nave.Hub.Configurations;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Jobs;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Hub.Uploads;
using Nave.Hub.Webhooks;
using Nave.Storage.Files;
using Nave.Storage.Sqlite;

namespace Nave.Hub.Hosting;

/// <summary>The parts of one hub, opened in the order of their dependencies and closed in the reverse.</summary>
internal sealed class HubParts : IAsyncDisposable
{
    // What was opened, in order: closed in reverse, also when a later part fails to open.
    private readonly Stack<IAsyncDisposable> _opened = new();

    private HubParts()
    {
    }

    public required HubSettingsKeeper Settings { get; init; }

    public required HubServices Services { get; init; }

    public required DeviceConnections Connections { get; init; }

    public required HubAuthenticator Authenticator { get; init; }

    public required DeviceRegistry Registry { get; init; }

    public required TransferJobs Transfers { get; init; }

    public required FileUploads Uploads { get; init; }

    public required ScheduledJobs Jobs { get; init; }

    public required ConfigurationService Configurations { get; init; }

    public required RegistryLines Lines { get; init; }

    public required HubWebhooks Webhooks { get; init; }

    public required Func<bool> LogAvailable { get; init; }

    public required Func<bool> StoreAvailable { get; init; }

    public static async Task<HubParts> OpenAsync(
        HubEnvironment environment, string folder, HubSettings settings, CancellationToken cancellationToken)
    {
        var opened = new Stack<IAsyncDisposable>();
        try
        {
            var parts = await OpenAsync(environment, folder, settings, opened, cancellationToken);
            foreach (var part in opened.Reverse())
            {
                parts._opened.Push(part);
            }

            return parts;
        }
        catch
        {
            while (opened.TryPop(out var part))
            {
                await part.DisposeAsync();
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private static async Task<HubParts> OpenAsync(
        HubEnvironment environment, string folder, HubSettings settings, Stack<IAsyncDisposable> opened, CancellationToken cancellationToken)
    {
        var (time, loggers) = (environment.Time, environment.Loggers);
        var definition = settings.Definition;
        var name = HubNames.NameOf(definition.HostName);

        // 1. Storage.
        var store = await SqliteStateStore.OpenAsync(
            new SqliteStateOptions { Path = Path.Combine(folder, "state.db") }, loggers.CreateLogger<SqliteStateStore>(), cancellationToken);
        opened.Push(store);
        var log = await SegmentLog.OpenAsync(
            new SegmentLogOptions(Path.Combine(folder, "log"))
            {
                PartitionCount = definition.Partitions,
                RetentionAge = definition.RetentionTime,
                RetentionBytes = definition.RetentionBytes,
            },
            timeProvider: time,
            logger: loggers.CreateLogger<SegmentLog>(),
            cancellationToken: cancellationToken);
        opened.Push(log);

        // 2. Limits and connections.
        var throttle = new HubThrottle(HubTier.Find(definition.Tier)!, definition.DeviceSendsPerSecond, time);
        var quota = await QuotaKeeper.OpenAsync(store, throttle, time, cancellationToken);
        opened.Push(quota);
        var events = new ConnectionEvents(new HubEvents(name, log.PartitionCount, definition.EventSources));
        var tracker = await ConnectionTracker.OpenAsync(
            store, events.Encode, time, loggers.CreateLogger<ConnectionTracker>(), cancellationToken);
        opened.Push(tracker);
        var connections = new DeviceConnections(environment.Clock, tracker, throttle, time);

        // 3. What stands on log and store.
        var services = await HubServices.OpenAsync(
            new HubServicesOptions
            {
                HubName = name,
                Created = settings.Created,
                Log = log,
                Store = store,
                Connections = connections,
                Throttle = throttle,
                EventSources = definition.EventSources,
                Time = time,
                Loggers = loggers,
                TelemetryThrottle = throttle.LimitsSends ? new TelemetryThrottle(throttle) : null,
            },
            cancellationToken);
        opened.Push(services);

        var uploads = await FileUploads.OpenAsync(
            new FileUploadParts
            {
                Store = store,
                Protector = environment.Protector,
                HubName = name,
                Folder = folder,
                Notifications = services.FileNotifications,
                Throttle = throttle,
                Blobs = environment.BlobsOf(name),
                Time = time,
                Logger = loggers.CreateLogger<FileUploads>(),
            },
            cancellationToken);
        opened.Push(uploads);

        // 4. Identities and who they are.
        var codec = new IdentityCodec(name, environment.Protector);
        var directory = new IdentityDirectory(store, codec, throttle, environment.Options.CachedIdentities);
        var authorities = await CertificateAuthorities.OpenAsync(store, time, cancellationToken);
        var keeper = new HubSettingsKeeper(folder, settings, environment.Protector);
        var authenticator = new HubAuthenticator(
            keeper,
            new PolicyTable(settings.Policies),
            directory,
            authorities,
            time,
            environment.Options.ClockSkew);
        var generations = await GenerationSequence.OpenAsync(store, time, cancellationToken);
        var registry = new DeviceRegistry(new RegistryParts
        {
            Store = store,
            Codec = codec,
            Directory = directory,
            Counters = await RegistryCounters.OpenAsync(store, cancellationToken),
            Generations = generations,
            Twins = services.Twins,
            Queues = services.Queues,
            Connections = connections,
            Authenticator = authenticator,
            Throttle = throttle,
            Time = time,
        });
        opened.Push(new Disposables([authenticator, generations, keeper]));

        // 5. What is applied to twins as they change.
        var configurations = await ConfigurationService.OpenAsync(
            new ConfigurationParts
            {
                Store = store,
                Twins = services.Twins,
                Queries = services.Queries,
                Registry = registry,
                Throttle = throttle,
                MaxConfigurations = HubTier.Find(definition.Tier)!.MaxConfigurations,
                Time = time,
                Logger = loggers.CreateLogger<ConfigurationEngine>(),
            },
            cancellationToken);
        opened.Push(configurations);

        // 6. Work in the background.
        var transfers = await TransferJobs.OpenAsync(
            new TransferParts
            {
                Store = store,
                Codec = new TransferCodec(name, environment.Protector),
                Identities = codec,
                Registry = registry,
                Configurations = configurations.Lines,
                Blobs = environment.Options.Blobs with { FileRoots = [Path.Combine(environment.ExportPath, name)], Time = time },
                Throttle = throttle,
                Time = time,
                Logger = loggers.CreateLogger<TransferJobs>(),
            },
            cancellationToken);
        opened.Push(transfers);
        var jobs = await ScheduledJobs.OpenAsync(
            new ScheduledJobParts
            {
                Store = store,
                Twins = services.Twins,
                Queries = services.Queries,
                Methods = services.Methods,
                Connections = connections,
                Throttle = throttle,
                Time = time,
                Logger = loggers.CreateLogger<ScheduledJobs>(),
            },
            cancellationToken);
        opened.Push(jobs);
        var webhooks = await HubWebhooks.OpenAsync(
            new WebhookParts
            {
                Store = store,
                Protector = environment.Protector,
                HubName = name,
                Events = services.Events,
                Writer = new WebhookEventWriter(name, settings.Created, directory),
                Time = time,
                Logger = loggers.CreateLogger<HubWebhooks>(),
            },
            cancellationToken);
        opened.Push(webhooks);

        // 7. Who has to hear of what.
        foreach (var observer in services.SessionObservers)
        {
            connections.Observe(observer);
        }

        connections.Observe(jobs);

        connections.GuardBy(authenticator);
        authenticator.PolicyChanged = policy => connections.CloseWhere(
            session => session.Principal.Proof is { Kind: CredentialKind.PolicyKey } proof
                && proof.Subject.Equals(policy.Name, StringComparison.OrdinalIgnoreCase)
                && !proof.UsedOneOf(policy.Primary, policy.Secondary),
            CloseReason.Revoked);
        authorities.Distrusted = thumbprint => connections.CloseWhere(
            session => session.Principal.Proof?.Authority == thumbprint, CloseReason.Revoked);

        return new HubParts
        {
            Settings = keeper,
            Services = services,
            Connections = connections,
            Authenticator = authenticator,
            Registry = registry,
            Transfers = transfers,
            Uploads = uploads,
            Jobs = jobs,
            Configurations = configurations,
            Lines = new RegistryLines(store, codec, registry),
            Webhooks = webhooks,
            LogAvailable = () => log.Available,
            StoreAvailable = () => store.Available,
        };
    }

    private sealed class Disposables(IDisposable[] parts) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }

            return ValueTask.CompletedTask;
        }
    }
}
