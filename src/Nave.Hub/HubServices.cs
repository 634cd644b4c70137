using Microsoft.Extensions.Logging;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Telemetry;
using Nave.Hub.Twins;

namespace Nave.Hub;

/// <summary>
/// The parts of a hub that stand on its log and its store, wired together: what <see cref="IotHub"/> opens before it takes
/// connections and disposes before log and store.
/// </summary>
internal sealed class HubServices : IAsyncDisposable
{
    private readonly EventRelay _relay;

    private HubServices(
        HubServicesOptions options, TwinService twins, TwinQueries queries, CloudToDeviceService cloudToDevice, FileNotifications files, ConsumerGroups groups, IDeviceQueues queues)
    {
        Telemetry = new TelemetryIngest(options.Log, options.TelemetryThrottle);
        Events = new EventReader(options.Log);
        Twins = twins;
        Queries = queries;
        CloudToDevice = cloudToDevice;
        FileNotifications = files;
        ConsumerGroups = groups;
        Queues = queues;
        Methods = new DirectMethodService(twins, options.Connections, options.Throttle, options.Time);
        _relay = new EventRelay(options.Store, options.Log, options.Time, options.Loggers.CreateLogger<EventRelay>());
    }

    /// <summary>Gets the way in for events.</summary>
    public TelemetryIngest Telemetry { get; }

    /// <summary>Gets the way out for events.</summary>
    public EventReader Events { get; }

    /// <summary>Gets the twins.</summary>
    public TwinService Twins { get; }

    /// <summary>Gets the queries over twins.</summary>
    public TwinQueries Queries { get; }

    /// <summary>Gets the queues of cloud-to-device messages.</summary>
    public CloudToDeviceService CloudToDevice { get; }

    /// <summary>Gets notifications of uploaded files.</summary>
    public FileNotifications FileNotifications { get; }

    /// <summary>Gets the consumer groups of the event stream.</summary>
    public ConsumerGroups ConsumerGroups { get; }

    /// <summary>Gets direct methods.</summary>
    public DirectMethodService Methods { get; }

    /// <summary>Gets how many messages wait for whom.</summary>
    public IDeviceQueues Queues { get; }

    /// <summary>Gets those that want to hear of sessions: hand each to <see cref="DeviceConnections"/>.</summary>
    public IReadOnlyList<ISessionObserver> SessionObservers => [Methods, CloudToDevice];

    /// <summary>Opens the services: reads what waits in the queues, and starts the relay of the outbox and the sweep of expired messages.</summary>
    public static async Task<HubServices> OpenAsync(HubServicesOptions options, CancellationToken cancellationToken)
    {
        var events = new HubEvents(options.HubName, options.Log.PartitionCount, options.EventSources);
        var queues = new DeviceQueues();
        var store = new TwinStore(options.Store, options.TwinCacheBytes);
        var twins = new TwinService(store, new TwinEvents(events), options.Connections, queues, options.Throttle, options.Time);
        var parts = new CloudToDeviceParts(
            options.Store, queues, twins.FindGenerationAsync, options.Connections, options.Throttle, options.Time, options.Loggers.CreateLogger<CloudToDeviceService>());
        var cloudToDevice = await CloudToDeviceService.OpenAsync(parts, cancellationToken).ConfigureAwait(false);
        var files = await FileNotifications.OpenAsync(options.Store, options.Time, options.Loggers.CreateLogger<FileNotifications>(), cancellationToken).ConfigureAwait(false);
        var groups = await ConsumerGroups.OpenAsync(options.Store, options.Log.PartitionCount, options.Created, options.Time, cancellationToken).ConfigureAwait(false);
        return new HubServices(options, twins, new TwinQueries(store, twins, options.Throttle), cloudToDevice, files, groups, queues);
    }

    /// <summary>Stops the relay and the sweep; log and store stay open.</summary>
    public async ValueTask DisposeAsync()
    {
        ConsumerGroups.Dispose();
        await FileNotifications.DisposeAsync().ConfigureAwait(false);
        await CloudToDevice.DisposeAsync().ConfigureAwait(false);
        await _relay.DisposeAsync().ConfigureAwait(false);
    }
}
