using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Hub;
using Nave.Server.Connections;
using Nave.Server.Tls;

namespace Nave.Server.Mqtt;

/// <summary>The MQTT head: listeners, event loops and connections of all hubs of a process.</summary>
public sealed partial class MqttHead : IAsyncDisposable
{
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_farewellTime = TimeSpan.FromSeconds(2);

    private readonly MqttContext _context;
    private readonly MqttHeadOptions _options;
    private readonly ServerCertificates? _certificates;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<MqttHead> _logger;
    private readonly MqttMetrics _metrics = new();
    private readonly StreamLane _streams;
    private readonly MqttLane _streamState;
    private readonly List<EventLoop> _loops = [];
    private bool _stopped;

    /// <summary>Makes a head that does not listen yet.</summary>
    /// <param name="hubs">The hubs that devices connect to.</param>
    /// <param name="options">Where to listen, and the limits.</param>
    /// <param name="certificates">What the TLS port shows; <see langword="null"/> only without a TLS port.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the loggers.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message lists all that are.</exception>
    public MqttHead(HubHost hubs, MqttHeadOptions options, ServerCertificates? certificates, TimeProvider time, ILoggerFactory loggers)
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

        _options = options;
        _certificates = certificates;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<MqttHead>();
        _context = new MqttContext(hubs, options, new AcceptGate(options.Limits), _metrics, time, _logger);
        _streams = new StreamLane(time);
        _streamState = NewState(_streams);
    }

    /// <summary>Binds the ports and starts to accept.</summary>
    /// <returns>The ports that were bound.</returns>
    /// <exception cref="SocketException">A port is in use or may not be bound.</exception>
    public Task<MqttPorts> StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = _options.Loops > 0 ? _options.Loops : Math.Max(1, Environment.ProcessorCount / 4);
        for (var i = 0; i < count; i++)
        {
            // Room for one read behind the longest tail that is not received in place.
            var buffer = _options.Limits.ReadBytes + Math.Max(SocketConnection.DirectBytes, _options.Limits.ReadBytes);
            var loop = new EventLoop($"nave-mqtt-{i}", buffer, _time, _loggers.CreateLogger<EventLoop>());
            NewState(loop);
            _loops.Add(loop);
        }

        var tls = Listen(_options.TlsPort, AcceptTls);
        var plain = Listen(_options.PlainPort, AcceptPlain);
        foreach (var loop in _loops)
        {
            loop.Start();
        }

        Log.Listening(_logger, tls, plain, count);
        return Task.FromResult(new MqttPorts(tls, plain));
    }

    /// <summary>Serves MQTT over a WebSocket until it ends. The HTTP head calls it after the upgrade.</summary>
    /// <param name="socket">The socket; disposed at the end.</param>
    /// <param name="clientCertificates">The client's leaf and what it sent with it, leaf first; empty if none.</param>
    public async Task RunAsync(WebSocket socket, X509Certificate2Collection clientCertificates)
    {
        var stream = new WebSocketByteStream(socket);
        if (!_context.Gate.TryEnter())
        {
            await stream.DisposeAsync();
            return;
        }

        await ServeAsync(stream, "MqttWs", clientCertificates);
    }

    /// <summary>Stops within 5 s: accepts nothing more, lets staged events be acknowledged, then says goodbye.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        // 1. Nothing new: no connections, no packets.
        _stopped = true;
        _loops.ForEach(loop => loop.StopAccepting());
        _context.IsStopping = true;

        // 2. What was staged becomes durable and is acknowledged.
        var states = _loops.Select(loop => (MqttLane)loop.State!).Append(_streamState).ToList();
        if (!await EndsWithinAsync(Task.WhenAll(states.Select(state => state.WhenIdleAsync())), s_drainTime))
        {
            Log.NotDrained(_logger, s_drainTime.TotalSeconds);
        }

        // 3. Goodbye.
        var streamsClosed = _streams.StopAsync();
        await Task.Run(() => _loops.ForEach(loop => loop.Stop()));
        await EndsWithinAsync(streamsClosed, s_farewellTime);
        states.ForEach(state => state.Close());
        Log.Stopped(_logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _loops.ForEach(loop => loop.Dispose());
        _streams.Dispose();
        _metrics.Dispose();
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private MqttLane NewState(IoLane lane)
    {
        var state = new MqttLane(_context.Hubs);
        lane.State = state;
        _metrics.Add(state);
        return state;
    }

    private int? Listen(int? port, Action<int> accepted)
    {
        if (port is null)
        {
            return null;
        }

        var address = _options.Address ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        var acceptor = new TcpAcceptor(new IPEndPoint(address, port.Value), _loops[0], _context.Gate, accepted, _logger);
        _loops[0].Add(acceptor);
        return acceptor.EndPoint.Port;
    }

    private void AcceptPlain(int descriptor)
    {
        var loop = _loops[0];
        foreach (var other in _loops)
        {
            loop = other.Count < loop.Count ? other : loop;
        }

        var handler = new MqttConnection(_context, (MqttLane)loop.State!, "Mqtt", null);
        var connection = new SocketConnection(loop, descriptor, _options.Limits) { Handler = handler };
        handler.Start(connection);
        loop.Post(connection, LoopCommands.Open);
    }

    private void AcceptTls(int descriptor) => _ = ServeTlsAsync(descriptor);

    private async Task ServeTlsAsync(int descriptor)
    {
        // The handshake is work for the pool, not for the loop that accepts.
        await Task.Yield();
        SslStream? tls = null;
        var certificates = new X509Certificate2Collection();
        try
        {
            var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _time);
            await tls.AuthenticateAsServerAsync(TlsHandshake.Options(_certificates!, certificates), timeout.Token);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Log.HandshakeFailed(_logger, exception.Message);
            if (tls is not null)
            {
                await tls.DisposeAsync();
            }

            _context.Gate.Leave();
            return;
        }

        await ServeAsync(tls, "Mqtt", certificates);
    }

    private async Task ServeAsync(Stream stream, string protocol, X509Certificate2Collection certificates)
    {
        var handler = new MqttConnection(_context, _streamState, protocol, certificates.Count > 0 ? certificates : null);
        var connection = new StreamConnection(_streams, stream, _options.Limits, _time) { Handler = handler };
        handler.Start(connection);
        await connection.RunAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Information, "MQTT listens: TLS port {Tls}, plain port {Plain}; {Loops} event loops.")]
        public static partial void Listening(ILogger logger, int? tls, int? plain, int loops);

        [LoggerMessage(51, LogLevel.Debug, "A TLS handshake failed: {Problem}")]
        public static partial void HandshakeFailed(ILogger logger, string problem);

        [LoggerMessage(52, LogLevel.Warning, "MQTT stops with events that were not durable within {Seconds} s; their senders will send them again.")]
        public static partial void NotDrained(ILogger logger, double seconds);

        [LoggerMessage(53, LogLevel.Information, "MQTT has stopped.")]
        public static partial void Stopped(ILogger logger);
    }
}
