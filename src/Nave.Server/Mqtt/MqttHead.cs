using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Server.Connections;
using Nave.Server.Ingest;
using Nave.Server.Tls;

namespace Nave.Server.Mqtt;

/// <summary>The MQTT head: the connections of all hubs of a process, and of device provisioning.</summary>
public sealed class MqttHead : IAsyncDisposable
{
    private readonly SocketHost _host;
    private readonly MqttMetrics _metrics = new();

    /// <summary>Makes a head that does not listen yet.</summary>
    /// <param name="hubs">The hubs that devices connect to.</param>
    /// <param name="options">Where to listen, and the limits.</param>
    /// <param name="certificates">What the TLS port shows; <see langword="null"/> only without a TLS port.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the loggers.</param>
    /// <param name="provisioning">Device provisioning; <see langword="null"/> = devices cannot be provisioned here.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message lists all that are.</exception>
    public MqttHead(
        HubHost hubs,
        MqttHeadOptions options,
        ServerCertificates? certificates,
        TimeProvider time,
        ILoggerFactory loggers,
        IDeviceProvisioning? provisioning = null)
    {
        options.Demand(certificates);
        var logger = loggers.CreateLogger<MqttHead>();
        var context = new MqttContext(hubs, provisioning, options, _metrics, time, logger);
        _host = new SocketHost("MQTT", new Protocol(context), options, certificates, time, loggers);
    }

    /// <summary>Gets how many ticks of the clock every event loop has worked off.</summary>
    internal long Turns => _host.Turns;

    /// <summary>Binds the ports and starts to accept.</summary>
    /// <returns>The ports that were bound.</returns>
    /// <exception cref="IOException">A port is in use or may not be bound.</exception>
    public SocketPorts Start() => _host.Start();

    /// <summary>Serves MQTT over a WebSocket until it ends. The HTTP head calls it after the upgrade.</summary>
    /// <param name="socket">The socket; disposed at the end.</param>
    /// <param name="clientCertificates">The client's leaf and what it sent with it, leaf first; empty if none.</param>
    public Task RunAsync(WebSocket socket, X509Certificate2Collection clientCertificates) => _host.RunAsync(socket, clientCertificates);

    /// <summary>Stops within 5 s: accepts nothing more, lets staged events be acknowledged, then says goodbye.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _metrics.Dispose();
    }

    private sealed class Protocol(MqttContext context) : ISocketProtocol
    {
        public ILaneState NewLaneState()
        {
            var state = new HeadLane(context.Hubs);
            context.Metrics.Add(state);
            return state;
        }

        public IConnectionHandler NewHandler(ILaneState lane, SocketTransport transport, X509Certificate2Collection? clientChain) =>
            new MqttConnection(context, (HeadLane)lane, transport == SocketTransport.WebSocket ? "MqttWs" : "Mqtt", clientChain);
    }
}
