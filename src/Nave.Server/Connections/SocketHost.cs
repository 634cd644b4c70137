using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Server.Tls;

namespace Nave.Server.Connections;

/// <summary>
/// Everything between the network and one protocol: listeners, event loops for plain TCP, streams for TLS and WebSockets, the gate that
/// counts connections, and the way to stop. A head makes one, and gives it an <see cref="ISocketProtocol"/>.
/// </summary>
internal sealed partial class SocketHost : IAsyncDisposable
{
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_farewellTime = TimeSpan.FromSeconds(2);

    private readonly ISocketProtocol _protocol;
    private readonly string _name;
    private readonly SocketHeadOptions _options;
    private readonly ServerCertificates? _certificates;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<SocketHost> _logger;
    private readonly AcceptGate _gate;
    private readonly StreamLane _streams;
    private readonly AcceptLoop _accepts;
    private readonly List<EventLoop> _loops = [];
    private bool _stopped;

    /// <summary>Makes a host that does not listen yet.</summary>
    /// <param name="name">What logs and errors call the protocol.</param>
    /// <param name="protocol">Makes handlers.</param>
    /// <param name="options">Where to listen, and the limits; valid.</param>
    /// <param name="certificates">What the TLS port shows; <see langword="null"/> only without a TLS port.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the loggers.</param>
    public SocketHost(
        string name, ISocketProtocol protocol, SocketHeadOptions options, ServerCertificates? certificates, TimeProvider time, ILoggerFactory loggers)
    {
        _name = name;
        _protocol = protocol;
        _options = options;
        _certificates = certificates;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<SocketHost>();
        _gate = new AcceptGate(options.Limits);
        _accepts = new AcceptLoop(ThreadName("accept"), _gate, time, _logger);
        _streams = new StreamLane(time) { State = protocol.NewLaneState() };
    }

    /// <summary>Gets how many ticks of the clock every event loop has worked off.</summary>
    public long Turns => _loops.Min(loop => loop.Turns);

    /// <summary>Binds the ports and starts to accept.</summary>
    /// <returns>The ports that were bound.</returns>
    /// <exception cref="IOException">A port is in use or may not be bound.</exception>
    public SocketPorts Start()
    {
        var count = _options.Loops > 0 ? _options.Loops : Math.Max(1, Environment.ProcessorCount / 4);
        for (var i = 0; i < count; i++)
        {
            // Room for one read behind the longest tail that is not received in place.
            var buffer = _options.Limits.ReadBytes + Math.Max(SocketConnection.DirectBytes, _options.Limits.ReadBytes);
            _loops.Add(new EventLoop(ThreadName($"{i}"), buffer, _time, _loggers.CreateLogger<EventLoop>()) { State = _protocol.NewLaneState() });
        }

        var tls = Listen(_options.TlsPort, AcceptTls);
        var plain = Listen(_options.PlainPort, AcceptPlain);
        foreach (var loop in _loops)
        {
            loop.Start();
        }

        _accepts.Start();
        Log.Listening(_logger, _name, tls, plain, count);
        return new SocketPorts(tls, plain);
    }

    /// <summary>Serves the protocol over a WebSocket until it ends. The HTTP head calls it after the upgrade.</summary>
    /// <param name="socket">The socket; disposed at the end.</param>
    /// <param name="clientChain">The client's leaf and what it sent with it, leaf first; empty if none.</param>
    public async Task RunAsync(WebSocket socket, X509Certificate2Collection clientChain)
    {
        var stream = new WebSocketByteStream(socket);
        if (!_gate.TryEnter())
        {
            await stream.DisposeAsync();
            return;
        }

        await ServeAsync(stream, SocketTransport.WebSocket, clientChain);
    }

    /// <summary>Stops within 5 s: accepts nothing more, lets what was taken be acknowledged, then says goodbye.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        // 1. Nothing new: no connections, no frames.
        _stopped = true;
        var lanes = _loops.Append<IoLane>(_streams).ToList();
        _accepts.Stop();
        lanes.ForEach(lane => lane.IsStopping = true);

        // 2. What was staged becomes durable and is acknowledged.
        if (!await EndsWithinAsync(Task.WhenAll(lanes.Select(lane => lane.State!.WhenIdleAsync())), s_drainTime))
        {
            Log.NotDrained(_logger, _name, s_drainTime.TotalSeconds);
        }

        // 3. Goodbye.
        var streamsClosed = _streams.StopAsync();
        await Task.Run(() => _loops.ForEach(loop => loop.Stop()));
        await EndsWithinAsync(streamsClosed, s_farewellTime);
        lanes.ForEach(lane => lane.State!.Close());
        Log.Stopped(_logger, _name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _accepts.Dispose();
        _loops.ForEach(loop => loop.Dispose());
        _streams.Dispose();
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

    private string ThreadName(string suffix) => $"nave-{_name.ToLowerInvariant()}-{suffix}";

    private int? Listen(int? port, Action<int> accepted)
    {
        if (port is null)
        {
            return null;
        }

        var address = _options.Address ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        try
        {
            var acceptor = new TcpAcceptor(new IPEndPoint(address, port.Value), _gate, accepted, _logger);
            _accepts.Add(acceptor);
            return acceptor.EndPoint.Port;
        }
        catch (SocketException e)
        {
            throw new IOException($"{_name} port {port} may not be bound: {e.Message}.", e);
        }
    }

    private void AcceptPlain(int descriptor)
    {
        var loop = _loops[0];
        foreach (var other in _loops)
        {
            loop = other.Count < loop.Count ? other : loop;
        }

        var handler = _protocol.NewHandler(loop.State!, SocketTransport.Plain, null);
        var connection = new SocketConnection(loop, descriptor, _options.Limits) { Handler = handler, Gate = _gate };
        handler.Start(connection);
        loop.Adopt(connection);
    }

    private void AcceptTls(int descriptor) => _ = ServeTlsAsync(descriptor);

    private async Task ServeTlsAsync(int descriptor)
    {
        // The handshake is work for the pool, not for the thread that accepts.
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

            _gate.Leave();
            return;
        }

        await ServeAsync(tls, SocketTransport.Tls, certificates);
    }

    private async Task ServeAsync(Stream stream, SocketTransport transport, X509Certificate2Collection certificates)
    {
        var handler = _protocol.NewHandler(_streams.State!, transport, certificates.Count > 0 ? certificates : null);
        var connection = new StreamConnection(_streams, stream, _options.Limits, _time) { Handler = handler, Gate = _gate };
        handler.Start(connection);
        await connection.RunAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Information, "{Name} listens: TLS port {Tls}, plain port {Plain}; {Loops} event loops.")]
        public static partial void Listening(ILogger logger, string name, int? tls, int? plain, int loops);

        [LoggerMessage(53, LogLevel.Information, "{Name} has stopped.")]
        public static partial void Stopped(ILogger logger, string name);

        [LoggerMessage(51, LogLevel.Debug, "A TLS handshake failed: {Problem}")]
        public static partial void HandshakeFailed(ILogger logger, string problem);

        [LoggerMessage(52, LogLevel.Warning, "{Name} stops with events that were not durable within {Seconds} s; their senders will send them again.")]
        public static partial void NotDrained(ILogger logger, string name, double seconds);
    }
}
