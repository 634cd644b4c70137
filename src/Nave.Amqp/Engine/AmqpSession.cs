using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>One session of a connection. Guarded by the lock of the connection's owner.</summary>
public sealed partial class AmqpSession
{
    private readonly NumberTable<AmqpLink> _local = new();
    private readonly NumberTable<AmqpLink> _remote = new();
    private readonly bool _isOurs;
    private uint _remoteHandleMax = uint.MaxValue;

    internal AmqpSession(AmqpConnection connection, ushort channel, bool isOurs)
    {
        _isOurs = isOurs;
        Connection = connection;
        Channel = channel;
        _incomingWindow = connection.Options.IncomingWindow;
    }

    /// <summary>Gets the connection.</summary>
    public AmqpConnection Connection { get; }

    /// <summary>Gets our channel number.</summary>
    public ushort Channel { get; }

    /// <summary>Gets a value indicating whether the session is neither ended nor ending.</summary>
    public bool IsOpen => Phase <= SessionPhase.Open && Connection.Phase <= ConnectionPhase.Open;

    /// <summary>Gets the links that are attached or attaching; a copy.</summary>
    public IReadOnlyCollection<AmqpLink> Links => _local.ToArray();

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    internal SessionPhase Phase { get; private set; }

    /// <summary>Gets or sets the peer's channel number, once it is known.</summary>
    internal ushort? RemoteChannel { get; set; }

    /// <summary>Attaches a link that brings messages to the peer.</summary>
    /// <param name="attach">Name, source, target, settle modes, properties.</param>
    /// <param name="handler">Who is told.</param>
    /// <exception cref="InvalidOperationException">The session is not open, has as many links as are permitted, or one of this name.</exception>
    public AmqpSenderLink AttachSender(AmqpAttach attach, IAmqpSenderHandler handler)
    {
        ArgumentNullException.ThrowIfNull(attach);
        var link = new AmqpSenderLink(this, NewHandle(attach.Name, isReceiver: false), attach, handler);
        Register(link, attach);
        return link;
    }

    /// <summary>Attaches a link that takes messages from the peer.</summary>
    /// <param name="attach">Name, source, target, settle modes, properties, and the largest message to take (none: the default of <see cref="AmqpAcceptOptions"/>).</param>
    /// <param name="handler">Who is told.</param>
    /// <param name="credit">As <see cref="AmqpAcceptOptions.Credit"/>.</param>
    /// <exception cref="InvalidOperationException">The session is not open, has as many links as are permitted, or one of this name.</exception>
    public AmqpReceiverLink AttachReceiver(AmqpAttach attach, IAmqpReceiverHandler handler, int credit)
    {
        ArgumentNullException.ThrowIfNull(attach);
        ArgumentOutOfRangeException.ThrowIfNegative(credit);
        var link = new AmqpReceiverLink(this, NewHandle(attach.Name, isReceiver: true), attach, handler, credit);
        Register(link, attach);
        return link;
    }

    /// <summary>Ends the session and its links; their handlers are told when the peer has ended it too. Only the first call counts.</summary>
    public void End(AmqpError? error = null)
    {
        if (IsOpen)
        {
            SendEnd(error);
            Phase = SessionPhase.EndSent;
        }
    }

    internal void SendBegin()
    {
        var writer = AmqpConnection.BeginFrame(Channel);
        new AmqpBegin
        {
            RemoteChannel = RemoteChannel,
            NextOutgoingId = _nextOutgoingId,
            IncomingWindow = (uint)Connection.Options.IncomingWindow,
            OutgoingWindow = OutgoingWindow,
            HandleMax = (uint)Connection.Options.MaxLinks - 1,
        }.Write(writer);
        Connection.EndFrame(writer);
    }

    internal void OnBegin(in AmqpBegin begin)
    {
        _nextIncomingId = begin.NextOutgoingId;
        _remoteWindow = begin.IncomingWindow;
        _remoteHandleMax = begin.HandleMax;
        if (Phase == SessionPhase.EndSent)
        {
            return;
        }

        Phase = SessionPhase.Open;
        if (!_isOurs)
        {
            SendBegin();
        }

        Connection.Handler.OnBegin(this);
    }

    internal void OnEnd(AmqpError? error)
    {
        if (Phase != SessionPhase.EndSent)
        {
            SendEnd(null);
        }

        Connection.Forget(this);
        Finish(error);
    }

    /// <summary>Tells everybody that it is over; nothing is sent.</summary>
    internal void Finish(AmqpError? error)
    {
        if (Phase == SessionPhase.Ended)
        {
            return;
        }

        Phase = SessionPhase.Ended;
        DropPending();
        foreach (var link in _local.ToArray())
        {
            Forget(link);
            link.Finish(error);
        }

        _unsettled.Clear();
        _awaiting.Clear();
        Connection.Handler.OnEnd(this, error);
    }

    /// <summary>Ends the session for the peer's mistake.</summary>
    internal void Fail(AmqpError error)
    {
        if (IsOpen)
        {
            SendEnd(error);
            Phase = SessionPhase.EndSent;
        }
    }

    internal void Forget(AmqpLink link)
    {
        _local.Remove(link.Handle);
        if (link.RemoteHandle is { } handle)
        {
            _remote.Remove(handle);
        }

        Connection.Count(-1);
    }

    private void SendEnd(AmqpError? error)
    {
        Connection.Flush();
        var writer = AmqpConnection.BeginFrame(Channel);
        AmqpOpenCodec.WriteEnd(writer, Descriptor.End, error);
        Connection.EndFrame(writer);
    }

    private uint NewHandle(string name, bool isReceiver)
    {
        if (!IsOpen || Connection.IsOver)
        {
            throw new InvalidOperationException($"A link needs an open session; this one is {Phase}.");
        }

        if (Find(name, isReceiver) is not null)
        {
            throw new InvalidOperationException($"The session has a link '{name}' already.");
        }

        var handle = _local.FindFree();
        var limit = Math.Min((uint)Connection.Options.MaxLinks - 1, _remoteHandleMax);
        return handle <= limit
            ? handle
            : throw new InvalidOperationException($"The session has {_local.Count} links; {(ulong)limit + 1} are permitted.");
    }

    private void Register(AmqpLink link, AmqpAttach attach)
    {
        _local.Add(link.Handle, link);
        Connection.Count(1);
        link.SendAttach(attach);
    }

    // By name and role: the same name may be used once in each direction, and again in another session (wire facts 5.2.8).
    private AmqpLink? Find(string name, bool isReceiver)
    {
        foreach (var link in _local.ToArray())
        {
            if (link.IsReceiver == isReceiver && link.Phase < LinkPhase.DetachSent && link.Name == name)
            {
                return link;
            }
        }

        return null;
    }
}
