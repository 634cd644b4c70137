using System.Net.Sockets;
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
public sealed partial class MqttHead : IAsyncDisposable
{
    private readonly SocketHost _host;
    private readonly ILogger<MqttHead> _logger;
    private readonly MqttMetrics _metrics = new();
    private bool _stopped;

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
        var problems = options.Validate().ToList();
        if (options.TlsPort is not null && certificates is null)
        {
            problems.Add("A TLS port needs a certificate.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _logger = loggers.CreateLogger<MqttHead>();
        var context = new MqttContext(hubs, provisioning, options, _metrics, time, _logger);
        _host = new SocketHost(new Protocol(context), HostOptions(options), certificates, time, loggers);
    }

    /// <summary>Binds the ports and starts to accept.</summary>
    /// <returns>The ports that were bound.</returns>
    /// <exception cref="SocketException">A port is in use or may not be bound.</exception>
    public Task<MqttPorts> StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (tls, plain) = _host.Start();
        Log.Listening(_logger, tls, plain, _host.LoopCount);
        return Task.FromResult(new MqttPorts(tls, plain));
    }

    /// <summary>Serves MQTT over a WebSocket until it ends. The HTTP head calls it after the upgrade.</summary>
    /// <param name="socket">The socket; disposed at the end.</param>
    /// <param name="clientCertificates">The client's leaf and what it sent with it, leaf first; empty if none.</param>
    public Task RunAsync(WebSocket socket, X509Certificate2Collection clientCertificates) => _host.RunAsync(socket, clientCertificates);

    /// <summary>Stops within 5 s: accepts nothing more, lets staged events be acknowledged, then says goodbye.</summary>
    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _host.StopAsync();
            Log.Stopped(_logger);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _host.DisposeAsync();
        _metrics.Dispose();
    }

    private static SocketHostOptions HostOptions(MqttHeadOptions options) => new()
    {
        Name = "nave-mqtt",
        Address = options.Address,
        TlsPort = options.TlsPort,
        PlainPort = options.PlainPort,
        Loops = options.Loops,
        HandshakeTimeout = options.ConnectTimeout,
        Limits = options.Limits,
    };

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

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Information, "MQTT listens: TLS port {Tls}, plain port {Plain}; {Loops} event loops.")]
        public static partial void Listening(ILogger logger, int? tls, int? plain, int loops);

        [LoggerMessage(53, LogLevel.Information, "MQTT has stopped.")]
        public static partial void Stopped(ILogger logger);
    }
}
