using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client;

namespace Nave.Cli;

/// <summary>A hub, and how to reach it.</summary>
internal sealed record HubTarget
{
    /// <summary>Gets whom to be, with what key.</summary>
    public required IotHubConnectionString Connection { get; init; }

    /// <summary>Gets where HTTPS goes.</summary>
    public required ClientEndpoint ServiceEndpoint { get; init; }

    /// <summary>Gets where MQTT over TLS goes.</summary>
    public required ClientEndpoint MqttEndpoint { get; init; }

    /// <summary>Gets where AMQP over TLS goes.</summary>
    public required ClientEndpoint AmqpEndpoint { get; init; }

    /// <summary>Gets the port of MQTT without TLS, if it is known.</summary>
    public int? MqttPlainPort { get; init; }

    /// <summary>Gets the authorities to trust; <see langword="null"/> = the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Gets the event hub of a local hub; of another, the hub is asked where its events are.</summary>
    public EventHubConnectionString? EventHub { get; init; }

    /// <summary>Gets the hub's event stream.</summary>
    public EventsTarget Events => new()
    {
        EventHub = EventHub, Hub = Connection, AmqpEndpoint = AmqpEndpoint, WebSocketEndpoint = ServiceEndpoint, Roots = Roots,
    };

    /// <summary>Makes a client of the service side; the caller disposes of it.</summary>
    /// <exception cref="CliException">The connection string is of a device.</exception>
    public ServiceClient CreateService() => Connection.DeviceId is null
        ? ServiceClient.Create(Connection, new ServiceClientOptions { Endpoint = ServiceEndpoint, TrustedRoots = Roots })
        : throw new CliException("The connection string is a device's; this needs one with SharedAccessKeyName.", ExitCodes.Usage);

    /// <summary>Makes a client that sends messages to devices; the caller disposes of it.</summary>
    /// <exception cref="CliException">The connection string is of a device.</exception>
    public MessagingClient CreateMessaging() => Connection.DeviceId is null
        ? MessagingClient.Create(Connection, new AmqpClientOptions { Endpoint = AmqpEndpoint, TrustedRoots = Roots })
        : throw new CliException("The connection string is a device's; this needs one with SharedAccessKeyName.", ExitCodes.Usage);

    /// <summary>Makes a client of device provisioning, when that is the target; the caller disposes of it.</summary>
    /// <exception cref="CliException">The connection string is of a device.</exception>
    public ProvisioningServiceClient CreateProvisioning() => Connection.DeviceId is null
        ? ProvisioningServiceClient.Create(Connection, new ServiceClientOptions { Endpoint = ServiceEndpoint, TrustedRoots = Roots })
        : throw new CliException("The connection string is a device's; this needs one with SharedAccessKeyName.", ExitCodes.Usage);

    /// <summary>Makes the options of device clients.</summary>
    public DeviceClientOptions DeviceOptions(ClientTransport transport = ClientTransport.Mqtt) => new()
    {
        Transport = transport,
        TrustedRoots = Roots,
        Endpoint = transport switch
        {
            ClientTransport.MqttWebSocket => ServiceEndpoint,
            ClientTransport.MqttPlain => MqttEndpoint with { Port = MqttPlainPort },
            _ => MqttEndpoint,
        },
    };
}
