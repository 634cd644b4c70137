using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Hub.Twins;

namespace Nave.Hub;

/// <summary>One hub: its own policies, keys, registry, event stream and limits. Nothing crosses to another hub.</summary>
public sealed class IotHub
{
    /// <summary>Gets the short name: the first label of the host name.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>Gets the host name by which clients choose this hub.</summary>
    public string HostName => throw new NotImplementedException();

    /// <summary>Gets what the hub was made to be.</summary>
    public HubDefinition Definition => throw new NotImplementedException();

    /// <summary>Gets the connection string of the iothubowner policy, key included: never log it.</summary>
    public string OwnerConnectionString => throw new NotImplementedException();

    /// <summary>Gets the gate: who may do what.</summary>
    public HubAuthenticator Authenticator => throw new NotImplementedException();

    /// <summary>Gets the identity registry.</summary>
    public DeviceRegistry Registry => throw new NotImplementedException();

    /// <summary>Gets the twins.</summary>
    public TwinService Twins => throw new NotImplementedException();

    /// <summary>Gets the queries over twins.</summary>
    public TwinQueries Queries => throw new NotImplementedException();

    /// <summary>Gets the way in for events.</summary>
    public TelemetryIngest Telemetry => throw new NotImplementedException();

    /// <summary>Gets the way out for events.</summary>
    public EventReader Events => throw new NotImplementedException();

    /// <summary>Gets the queues of cloud-to-device messages.</summary>
    public CloudToDeviceService CloudToDevice => throw new NotImplementedException();

    /// <summary>Gets direct methods.</summary>
    public DirectMethodService Methods => throw new NotImplementedException();

    /// <summary>Gets who is connected.</summary>
    public DeviceConnections Connections => throw new NotImplementedException();
}
