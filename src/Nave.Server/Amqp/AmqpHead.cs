using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Server.Amqp.Sasl;
using Nave.Server.Connections;
using Nave.Server.Ingest;
using Nave.Server.Tls;

namespace Nave.Server.Amqp;

/// <summary>The AMQP head: the connections of all hubs, and other services, of a process.</summary>
internal sealed class AmqpHead : IAsyncDisposable
{
    private readonly SocketHost _host;
    private readonly AmqpMetrics _metrics = new();

    /// <summary>Makes a head that does not listen yet.</summary>
    /// <param name="parts">The hubs that clients connect to, and who serves what.</param>
    /// <param name="options">Where to listen, and the limits.</param>
    /// <param name="certificates">What the TLS port shows; <see langword="null"/> only without a TLS port.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the loggers.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message lists all that are.</exception>
    public AmqpHead(AmqpHeadParts parts, AmqpHeadOptions options, ServerCertificates? certificates, TimeProvider time, ILoggerFactory loggers)
    {
        options.Demand(certificates);
        var logger = loggers.CreateLogger<AmqpHead>();
        var mechanisms = (ISaslMechanism[])[new HubPlain(parts.Hubs, options.MaxTokens, time), .. parts.SaslMechanisms];
        var context = new AmqpContext
        {
            Hubs = parts.Hubs,
            Options = options,
            Engine = EngineOptions(options, mechanisms),
            Metrics = _metrics,
            Time = time,
            Logger = logger,
            HubEndpoints = [new CbsEndpoint(), new Device.DeviceEndpoint(), .. parts.HubEndpoints],
            Tenants = parts.Tenants,
            SaslMechanisms = mechanisms,
        };
        _host = new SocketHost("AMQP", new Protocol(context), options, certificates, time, loggers);
    }

    /// <summary>Gets how many ticks of the clock every event loop has worked off.</summary>
    internal long Turns => _host.Turns;

    /// <summary>Binds the ports and starts to accept.</summary>
    /// <returns>The ports that were bound.</returns>
    /// <exception cref="IOException">A port is in use or may not be bound.</exception>
    public SocketPorts Start() => _host.Start();

    /// <summary>Serves AMQP over a WebSocket until it ends. The HTTP head calls it after the upgrade.</summary>
    /// <param name="socket">The socket; disposed at the end.</param>
    /// <param name="clientCertificates">The client's leaf and what it sent with it, leaf first; empty if none.</param>
    public Task RunAsync(WebSocket socket, X509Certificate2Collection clientCertificates) => _host.RunAsync(socket, clientCertificates);

    /// <summary>Stops within 5 s: accepts nothing more, lets staged events be settled, then closes every connection with its reason.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _metrics.Dispose();
    }

    private static AmqpConnectionOptions EngineOptions(AmqpHeadOptions options, IEnumerable<ISaslMechanism> mechanisms) => new()
    {
        ContainerId = "nave",
        MaxFrameSize = options.MaxFrameBytes,
        MaxUnauthenticatedFrameSize = Math.Min(options.Limits.UnauthenticatedBytes, options.MaxFrameBytes),
        MaxSessions = options.MaxSessions,
        IdleTimeout = (int)options.IdleTimeout.TotalMilliseconds,
        SaslMechanisms =
        [
            AmqpSaslMechanism.MsSbCbs, AmqpSaslMechanism.Anonymous, AmqpSaslMechanism.External,
            .. mechanisms.Select(mechanism => mechanism.Name).Distinct(),
        ],
    };

    private sealed class Protocol(AmqpContext context) : ISocketProtocol
    {
        public ILaneState NewLaneState()
        {
            var state = new HeadLane(context.Hubs);
            context.Metrics.Add(state);
            return state;
        }

        public IConnectionHandler NewHandler(ILaneState lane, SocketTransport transport, X509Certificate2Collection? clientChain) =>
            new AmqpPeer(context, (HeadLane)lane, transport == SocketTransport.WebSocket ? "AmqpWs" : "Amqp", clientChain);
    }
}
