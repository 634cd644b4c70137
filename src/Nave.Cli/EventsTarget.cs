using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Client;

namespace Nave.Cli;

/// <summary>An event stream, and how to reach it: an event hub, or a hub that says where its events are.</summary>
internal sealed record EventsTarget
{
    /// <summary>Gets the event hub; <see langword="null"/> = the hub is asked.</summary>
    public EventHubConnectionString? EventHub { get; init; }

    /// <summary>Gets the hub.</summary>
    public IotHubConnectionString? Hub { get; init; }

    /// <summary>Gets where AMQP over TLS goes.</summary>
    public required ClientEndpoint AmqpEndpoint { get; init; }

    /// <summary>Gets where a WebSocket goes.</summary>
    public required ClientEndpoint WebSocketEndpoint { get; init; }

    /// <summary>Gets the authorities to trust; <see langword="null"/> = the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Makes a client; the caller disposes of it.</summary>
    /// <exception cref="CliException">The connection string is of a device.</exception>
    public EventsClient CreateClient(bool overWebSocket = false)
    {
        var options = new AmqpClientOptions
        {
            Transport = overWebSocket ? ClientTransport.AmqpWebSocket : ClientTransport.Amqp,
            Endpoint = overWebSocket ? WebSocketEndpoint : AmqpEndpoint,
            TrustedRoots = Roots,
        };
        return EventHub is not null ? EventsClient.Create(EventHub, options)
            : Hub is { DeviceId: null } ? EventsClient.Create(Hub, options)
            : throw new CliException("The connection string is a device's; this needs one with SharedAccessKeyName.", ExitCodes.Usage);
    }
}
