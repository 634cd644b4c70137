using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Server.Connections;
using Nave.Server.Ingest;

namespace Nave.Server.Amqp;

/// <summary>
/// One AMQP connection over any transport: the protocol's engine, the turn that guards it, and who is asked what is to be done. See
/// <see cref="ILinkEndpoint"/> for how links are served.
/// </summary>
internal sealed partial class AmqpPeer : IConnectionHandler, IAmqpConnectionHandler
{
    // However quiet the peer: its rights and its hub are looked at now and then.
    private const long LongestPause = 10_000;
    private const long RightsInterval = 1_000;

    private readonly AmqpContext _context;
    private readonly X509Certificate2Collection? _chain;
    private readonly AmqpConnection _engine;
    private Connection _connection = null!; // Set by Start, before anything else can happen.
    private long _connectDeadline;
    private CloseReason? _endReason;
    private bool _trusted;
    private bool _ended;
    private bool _paused;
    private bool _blocked;
    private bool _ticking;
    private bool _isFull;
    private bool _hasRights;
    private int _holds;
    private int _attached;
    private int _offered;

    public AmqpPeer(AmqpContext context, HeadLane lane, string protocol, X509Certificate2Collection? chain)
    {
        _context = context;
        _chain = chain;
        Lane = lane;
        Protocol = protocol;
        _engine = AmqpConnection.CreateServer(context.Engine, this, new Output(this));
    }

    /// <summary>Gets the protocol by its usual name: <c>Amqp</c> or <c>AmqpWs</c>.</summary>
    public string Protocol { get; }

    /// <summary>Gets what is kept for the connection's lane: the way into the log.</summary>
    public HeadLane Lane { get; }

    /// <summary>Gets what all connections of the head share.</summary>
    public AmqpContext Context => _context;

    /// <summary>Gets what the peer has chosen; <see langword="null"/> before it has opened.</summary>
    public AmqpTenant? Tenant { get; private set; }

    /// <summary>Gets what the peer has to prove identities of its hub with; <see langword="null"/> before it has opened, and outside of hubs.</summary>
    public PeerCredentials? Credentials { get; private set; }

    /// <summary>Gets what SASL has proved, as the mechanism left it; <see langword="null"/> without.</summary>
    public object? SaslIdentity { get; private set; }

    /// <summary>Gets the client's certificate and what it sent with it, leaf first; <see langword="null"/> if none.</summary>
    public X509Certificate2Collection? ClientChain => _chain;

    /// <summary>Gets the clock of the connection's lane, in milliseconds.</summary>
    public long Now => _connection.Lane.Now;

    /// <summary>Gets why the connection ends, or <see langword="null"/> while it lives.</summary>
    public CloseReason? EndReason => _endReason;

    /// <summary>Gets the devices that this connection serves; guarded by the turn.</summary>
    public Dictionary<IdentityId, Device.DevicePeer> Devices { get; } = [];

    /// <summary>Gets or sets how many bytes of events wait for room or allowance, over all links; guarded by the turn.</summary>
    public int HeldEventBytes { get; set; }

    /// <inheritdoc/>
    /// <remarks>The peer has a while to prove some identity.</remarks>
    public void Start(Connection connection)
    {
        _connection = connection;
        _connectDeadline = connection.Lane.Now + (long)_context.Options.ConnectTimeout.TotalMilliseconds;
        connection.SetDeadline(_connectDeadline);
    }

    /// <inheritdoc/>
    public int OnReceived(ReadOnlySpan<byte> data, out int needed)
    {
        needed = 0;
        if (_connection.Lane.IsStopping)
        {
            _connection.PauseReading();
            return 0;
        }

        int consumed;
        using (Enter())
        {
            if (_ended)
            {
                return data.Length;
            }

            consumed = Take(data, out needed);
            if (_holds > 0 || _engine.IsPaused)
            {
                _paused = true;
                _connection.PauseReading();
            }
        }

        Lane.Count(0, consumed);
        return consumed;
    }

    /// <inheritdoc/>
    public long OnTimer(long now)
    {
        using (Enter())
        {
            if (_ended)
            {
                return 0;
            }

            if (!_trusted)
            {
                if (now < _connectDeadline)
                {
                    return _connectDeadline;
                }

                Log.ConnectTimedOut(_context.Logger, Protocol);
                Close(new AmqpError(AmqpCondition.UnauthorizedAccess, "No identity was proved in time."), CloseReason.ProtocolError);
                return 0;
            }

            if (Tenant?.Hub is { } hub && !_context.Hubs.Hubs.Contains(hub))
            {
                Close(new AmqpError(AmqpErrors.HubNotFound, "The hub was deleted."), CloseReason.Deleted);
                return 0;
            }

            // Held up by us: its frames may well be there, unread. It is not silent then.
            _ticking = true;
            var next = _paused ? now + RightsInterval : _engine.Tick(now);
            _ticking = false;
            if (_endReason is not null)
            {
                return 0;
            }

            _hasRights = _hasRights && CheckRights();
            var latest = now + (_hasRights ? RightsInterval : LongestPause);
            return next > 0 ? Math.Min(next, latest) : latest;
        }
    }

    /// <inheritdoc/>
    public void OnDrained()
    {
        using (Enter())
        {
            if (_isFull)
            {
                _isFull = false;
                ReleaseReading();
            }

            if (_blocked && !_ended)
            {
                _blocked = false;

                // Another one goes first each time: the first may take all that there is room for.
                var requests = Requests();
                for (var i = 0; i < requests.Count; i++)
                {
                    requests[(i + _offered) % requests.Count].OfferSend();
                }

                _offered = (_offered + 1) & 0xFFFF;
            }
        }
    }

    /// <inheritdoc/>
    public void OnStopping()
    {
        using (Enter())
        {
            // What became durable is settled before the last words.
            Work();
            Close(AmqpErrors.Of(CloseReason.ServerShutdown), CloseReason.ServerShutdown);
        }
    }

    /// <inheritdoc/>
    public void OnFailed(Exception exception) => Log.Failed(_context.Logger, Protocol, exception);

    /// <inheritdoc/>
    public void OnClosed(CloseReason reason)
    {
        using (Enter())
        {
            _endReason ??= reason;
            _engine.Terminate();
            _ended = true;
            if (_trusted)
            {
                _context.Metrics.Disconnected(Protocol, _endReason.Value);
            }
        }

        Log.Disconnected(_context.Logger, Protocol, reason);
    }

    /// <summary>Closes the connection. In a turn.</summary>
    /// <param name="error">What the peer is told, or <see langword="null"/>.</param>
    /// <param name="reason">What the hub is told.</param>
    public void Close(AmqpError? error, CloseReason reason)
    {
        _endReason ??= reason;
        if (error is not null)
        {
            // azure-iot-amqp-base gives up its links at the end of their session; a close alone leaves it waiting for 45 s.
            foreach (var session in _engine.Sessions)
            {
                session.End(error);
            }
        }

        _engine.Close(error);
    }

    /// <summary>Notes that the peer has proved some identity: from then on it has the full limits. In a turn.</summary>
    public void Trust()
    {
        if (!_trusted && !_ended)
        {
            _trusted = true;
            _engine.SetAuthenticated();
            _connection.IsTrusted = true;
            _connection.SetDeadline(_connection.Lane.Now + 1);
            _context.Metrics.Connected(Protocol);
            Log.Connected(_context.Logger, Protocol);
        }
    }

    /// <summary>Stops reading from the peer until <see cref="ReleaseReading"/> was called as often. In a turn.</summary>
    public void HoldReading() => _holds++;

    /// <summary>Ends one <see cref="HoldReading"/>. In a turn.</summary>
    public void ReleaseReading() => _holds--;

    /// <summary>Counts a link that was accepted.</summary>
    internal void CountAttached()
    {
        _context.Metrics.Attached();
    }

    /// <summary>Notes that a link's rights have to be looked at.</summary>
    internal void WatchRights()
    {
        if (!_hasRights)
        {
            _hasRights = true;
            _connection.SetDeadline(_connection.Lane.Now + RightsInterval);
        }
    }

    /// <summary>Counts and tells a link that was refused.</summary>
    internal void CountRefused(AmqpAddress address, AmqpError error)
    {
        _context.Metrics.Refused(error.Condition);
        Log.Refused(_context.Logger, address, error.Condition, error.Description);
    }

    private bool CheckRights()
    {
        var any = false;
        foreach (var request in Requests())
        {
            any |= request.CheckRights();
        }

        return any;
    }

    private List<LinkRequest> Requests() =>
        [.. _engine.Sessions.SelectMany(session => session.Links).Select(link => link.Tag).OfType<LinkRequest>()];

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Protocol}: no identity was proved in time.")]
        public static partial void ConnectTimedOut(ILogger logger, string protocol);

        [LoggerMessage(2, LogLevel.Debug, "A link to '{Address}' was refused with {Condition}: {Problem}")]
        public static partial void Refused(ILogger logger, AmqpAddress address, string condition, string? problem);

        [LoggerMessage(3, LogLevel.Debug, "A client has proved who it is over {Protocol}.")]
        public static partial void Connected(ILogger logger, string protocol);

        [LoggerMessage(4, LogLevel.Debug, "A connection over {Protocol} ended: {Reason}.")]
        public static partial void Disconnected(ILogger logger, string protocol, CloseReason reason);

        [LoggerMessage(5, LogLevel.Error, "A connection over {Protocol} failed.")]
        public static partial void Failed(ILogger logger, string protocol, Exception exception);

        [LoggerMessage(6, LogLevel.Debug, "A connection over {Protocol} ended with {Error}.")]
        public static partial void EndedWith(ILogger logger, string protocol, string error);

        [LoggerMessage(7, LogLevel.Debug, "SASL {Mechanism} was refused.")]
        public static partial void SaslRefused(ILogger logger, string mechanism);

        [LoggerMessage(8, LogLevel.Error, "SASL {Mechanism} failed.")]
        public static partial void SaslFailed(ILogger logger, string mechanism, Exception exception);
    }
}
