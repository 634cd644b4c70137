using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>
/// One AMQP 1.0 connection, of either side: bytes in, calls of handlers and bytes out; it does no I/O and knows no clock.
/// </summary>
/// <remarks>
/// Not thread-safe: the owner holds one lock around every call into it, its sessions and its links. Handlers are called under that lock and may
/// call back. A peer's mistakes never throw: they end the link, the session or the connection, as the specification says. What a peer makes this
/// side answer is bounded by <see cref="IAmqpOutput.IsFull"/>: an owner whose output is not taken stops calling <see cref="Receive"/>.
/// </remarks>
public sealed partial class AmqpConnection
{
    private readonly AmqpConnectionOptions _options;
    private readonly IAmqpConnectionHandler _handler;
    private readonly NumberTable<AmqpSession> _local = new();
    private readonly NumberTable<AmqpSession> _remote = new();
    private ConnectionPhase _phase;
    private bool _started;
    private bool _authenticated;
    private bool _openSent;
    private int _maxOutgoingFrame = AmqpFrame.MinMaxSize;
    private int _links;
    private int _partialBytes;

    private AmqpConnection(bool isServer, AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(output);
        options.Validate();
        IsServer = isServer;
        _options = options;
        _handler = handler;
        _output = output;
        _started = isServer;
        _authenticated = !isServer;
    }

    /// <summary>Gets a value indicating whether this is the server's side.</summary>
    public bool IsServer { get; }

    /// <summary>Gets where the connection stands.</summary>
    public AmqpConnectionState State => _phase switch
    {
        ConnectionPhase.OpenPending => AmqpConnectionState.Opening,
        ConnectionPhase.Open => AmqpConnectionState.Open,
        ConnectionPhase.CloseSent => AmqpConnectionState.Closing,
        ConnectionPhase.Closed => AmqpConnectionState.Closed,
        _ => _openSent ? AmqpConnectionState.Opening : AmqpConnectionState.Start,
    };

    /// <summary>Gets what the peer said when it opened; null before.</summary>
    public AmqpOpen? Peer { get; private set; }

    /// <summary>Gets a value indicating whether nothing is received until the owner has answered (SASL, open). Call <see cref="Receive"/> again afterwards.</summary>
    public bool IsPaused => PhaseTable.IsPaused(_phase);

    /// <summary>Gets the sessions that are open; a copy.</summary>
    public IReadOnlyCollection<AmqpSession> Sessions => _local.ToArray();

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    internal AmqpConnectionOptions Options => _options;

    internal IAmqpConnectionHandler Handler => _handler;

    internal bool IsOver => _phase == ConnectionPhase.Closed;

    internal ConnectionPhase Phase => _phase;

    private int MaxIncomingFrame => _authenticated ? _options.MaxFrameSize : Math.Min(_options.MaxFrameSize, _options.MaxUnauthenticatedFrameSize);

    /// <summary>Makes a server's side. It speaks when it was spoken to.</summary>
    public static AmqpConnection CreateServer(AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output) =>
        new(true, options, handler, output);

    /// <summary>Makes a client's side. Call <see cref="Start"/>.</summary>
    public static AmqpConnection CreateClient(AmqpConnectionOptions options, IAmqpConnectionHandler handler, IAmqpOutput output) =>
        new(false, options, handler, output);

    /// <summary>
    /// Client: begins to speak. Without SASL the open goes out at once, and <see cref="Begin"/> and attaches may follow without waiting;
    /// with SASL they may when <see cref="State"/> is Opening or after <see cref="IAmqpConnectionHandler.OnOpen"/>.
    /// </summary>
    public void Start()
    {
        if (_started)
        {
            throw new InvalidOperationException("A connection is started once, by a client.");
        }

        _started = true;
        if (_options.Sasl is not null)
        {
            _output.Write(AmqpProtocolHeader.Sasl);
            return;
        }

        _output.Write(AmqpProtocolHeader.Amqp);
        SendOpen();
    }

    /// <summary>Server: answers the peer's open with ours.</summary>
    public void Accept()
    {
        if (_phase == ConnectionPhase.OpenPending)
        {
            SendOpen();
            _phase = ConnectionPhase.Open;
        }
    }

    /// <summary>Lifts the limits for peers that are not authenticated yet. A client's connection has none.</summary>
    public void SetAuthenticated() => _authenticated = true;

    /// <summary>Begins a session; links may be attached at once.</summary>
    /// <exception cref="InvalidOperationException">The connection is closing, not started, or has as many sessions as are permitted.</exception>
    public AmqpSession Begin()
    {
        if (!_openSent || _phase > ConnectionPhase.Open)
        {
            throw new InvalidOperationException($"A session needs a connection that has opened; this one is {_phase}.");
        }

        var channel = _local.FindFree();
        var limit = Math.Min(_options.MaxSessions, (Peer?.ChannelMax ?? ushort.MaxValue) + 1);
        if (channel >= limit)
        {
            throw new InvalidOperationException($"The connection has {_local.Count} sessions; {limit} are permitted.");
        }

        var session = new AmqpSession(this, (ushort)channel, isOurs: true);
        _local.Add(channel, session);
        session.SendBegin();
        return session;
    }

    /// <summary>
    /// Closes; the peer is given a chance to answer, <see cref="IAmqpConnectionHandler.OnClose"/> follows then (at once if nothing was opened
    /// yet). Only the first call counts.
    /// </summary>
    public void Close(AmqpError? error = null)
    {
        if (_phase >= ConnectionPhase.CloseSent)
        {
            return;
        }

        if (_phase < ConnectionPhase.OpenAwaited && !_openSent)
        {
            Finish(error, byPeer: false);
            return;
        }

        SendClose(error);
        _phase = ConnectionPhase.CloseSent;
    }

    /// <summary>Ends everything because the transport is gone, without another byte.</summary>
    public void Terminate(AmqpError? error = null) => Finish(error, byPeer: false);

    internal void Fail(AmqpError error)
    {
        if (_phase == ConnectionPhase.Closed)
        {
            return;
        }

        if (_phase is >= ConnectionPhase.OpenAwaited and < ConnectionPhase.CloseSent || (_openSent && _phase < ConnectionPhase.CloseSent))
        {
            SendClose(error);
        }

        Finish(error, byPeer: false);
    }

    /// <summary>Counts a link in or out.</summary>
    /// <returns><see langword="false"/> if that is one too many for a peer that is not authenticated.</returns>
    internal bool Count(int links)
    {
        _links += links;
        return links < 0 || _authenticated || _links <= _options.MaxUnauthenticatedLinks;
    }

    /// <summary>Counts bytes of messages that came in part, in or out.</summary>
    internal void CountPartial(int bytes)
    {
        var limit = _authenticated ? _options.MaxPartialBytes : MaxIncomingFrame;
        if (bytes > 0 && _partialBytes > limit - bytes)
        {
            throw AmqpFault.Limit($"Messages that came in part have more than {limit} bytes in all.");
        }

        _partialBytes += bytes;
    }

    internal void Forget(AmqpSession session)
    {
        _local.Remove(session.Channel);
        if (session.RemoteChannel is { } channel)
        {
            _remote.Remove(channel);
        }
    }

    private void SendClose(AmqpError? error)
    {
        if (!_openSent)
        {
            SendOpen();
        }

        FlushDispositions();
        var writer = BeginFrame(0);
        AmqpOpenCodec.WriteEnd(writer, Descriptor.Close, error);
        EndFrame(writer);
    }

    private void Finish(AmqpError? error, bool byPeer)
    {
        if (_phase == ConnectionPhase.Closed)
        {
            return;
        }

        _phase = ConnectionPhase.Closed;
        foreach (var session in _local.ToArray())
        {
            session.Finish(error);
        }

        _handler.OnClose(this, error, byPeer);
    }
}
