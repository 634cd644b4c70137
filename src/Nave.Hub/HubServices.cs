using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Telemetry;
using Nave.Hub.Twins;

namespace Nave.Hub;

/// <summary>
/// The parts of a hub that stand on its log and its store, wired together: what <see cref="IotHub"/> opens after its
/// registry's seams and disposes before log and store.
/// </summary>
internal sealed class HubServices : IAsyncDisposable
{
    /// <summary>Gets the way in for events.</summary>
    public TelemetryIngest Telemetry => throw new NotImplementedException();

    /// <summary>Gets the way out for events.</summary>
    public EventReader Events => throw new NotImplementedException();

    /// <summary>Gets the twins.</summary>
    public TwinService Twins => throw new NotImplementedException();

    /// <summary>Gets the queries over twins.</summary>
    public TwinQueries Queries => throw new NotImplementedException();

    /// <summary>Gets the queues of cloud-to-device messages.</summary>
    public CloudToDeviceService CloudToDevice => throw new NotImplementedException();

    /// <summary>Gets direct methods.</summary>
    public DirectMethodService Methods => throw new NotImplementedException();

    /// <summary>Gets how many messages wait for whom.</summary>
    public IDeviceQueues Queues => throw new NotImplementedException();

    /// <summary>Gets those that want to hear of sessions: <see cref="DeviceConnections"/> calls each.</summary>
    public IReadOnlyList<ISessionObserver> SessionObservers => throw new NotImplementedException();

    /// <summary>Opens the services: reads what waits in the queues, and starts the relay of the outbox and the sweep of expired messages.</summary>
    public static Task<HubServices> OpenAsync(HubServicesOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops the relay and the sweep; log and store stay open.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
