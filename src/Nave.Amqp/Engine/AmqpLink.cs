using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>One link of a session. Guarded by the lock of the connection's owner.</summary>
public abstract class AmqpLink
{
    private readonly AmqpAttach? _ours;

    private protected AmqpLink(AmqpSession session, uint handle, bool isReceiver, AmqpAttach? ours, AmqpAttach? peer)
    {
        Session = session;
        Handle = handle;
        IsReceiver = isReceiver;
        Peer = peer;
        _ours = ours;
        var attach = ours ?? peer!; // One of them is given.
        Name = attach.Name;
        SenderSettleMode = attach.SenderSettleMode;
        ReceiverSettleMode = attach.ReceiverSettleMode;
        Phase = ours is null ? LinkPhase.Attaching : LinkPhase.AttachSent;
    }

    /// <summary>Gets the session.</summary>
    public AmqpSession Session { get; }

    /// <summary>Gets the connection.</summary>
    public AmqpConnection Connection => Session.Connection;

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets what the peer said when it attached; null for a link of ours until it did.</summary>
    public AmqpAttach? Peer { get; private set; }

    /// <summary>Gets the settle mode of the sender, as agreed.</summary>
    public AmqpSenderSettleMode SenderSettleMode { get; private set; }

    /// <summary>Gets the settle mode of the receiver, as agreed.</summary>
    public AmqpReceiverSettleMode ReceiverSettleMode { get; private set; }

    /// <summary>Gets a value indicating whether both sides have attached and none has detached.</summary>
    public bool IsOpen => Phase == LinkPhase.Open && Session.IsOpen;

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    /// <summary>Gets how many messages the receiver takes at the moment.</summary>
    public int Credit { get; private protected set; }

    /// <summary>Gets a value indicating whether this side is the receiver.</summary>
    internal bool IsReceiver { get; }

    internal LinkPhase Phase { get; private set; }

    internal uint Handle { get; }

    internal uint? RemoteHandle { get; set; }

    internal uint DeliveryCount { get; private protected set; }

    private protected abstract IAmqpLinkHandler? Handler { get; }

    /// <summary>Refuses a link that the peer attaches: an attach without terminus, then a detach with the error. No handler is called.</summary>
    public void Refuse(AmqpError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (Phase != LinkPhase.Attaching || !Session.IsOpen)
        {
            return;
        }

        // The terminus that is ours is the one that is not there: AMQP 1.0 part 2, 2.6.3.
        SendAttach(Peer! with { Source = IsReceiver ? Peer!.Source : null, Target = IsReceiver ? null : Peer!.Target, Properties = Echo() });
        SendDetach(error, closed: true);
        Phase = LinkPhase.DetachSent;
    }

    /// <summary>Detaches for good; <see cref="IAmqpLinkHandler.OnDetached"/> follows when the peer has done so too. Only the first call counts.</summary>
    public void Detach(AmqpError? error = null)
    {
        if (Phase is LinkPhase.Open or LinkPhase.AttachSent && Session.IsOpen)
        {
            SendDetach(error, closed: true);
            Phase = LinkPhase.DetachSent;
        }
    }

    /// <summary>
    /// Says what became of a delivery, once. A receiver gives its outcome; consecutive deliveries with the same outcome leave as one disposition at
    /// <see cref="AmqpConnection.Flush"/>. A sender whose receiver settles second confirms it. If the link is gone, nothing.
    /// </summary>
    public abstract void Settle(uint deliveryId, AmqpOutcome outcome);

    /// <summary>Tells the owner of the connection that the peer attaches.</summary>
    internal abstract void Announce();

    internal abstract void OnFlow(in AmqpFlow flow);

    internal void SendAttach(AmqpAttach attach)
    {
        Session.Connection.Flush();
        var writer = AmqpConnection.BeginFrame(Session.Channel);
        AmqpAttachCodec.Write(writer, attach with
        {
            Handle = Handle,
            IsReceiver = IsReceiver,
            Source = attach.Source,
            InitialDeliveryCount = IsReceiver ? null : DeliveryCount,
            MaxMessageSize = attach.MaxMessageSize ?? (ulong)AmqpAcceptOptions.Default.MaxMessageSize,
        });
        Connection.EndFrame(writer);
    }

    internal void OnAnswered(AmqpAttach attach)
    {
        // Without the terminus that is the peer's it refuses, and a detach with the reason follows.
        if ((IsReceiver ? (object?)attach.Source : attach.Target) is null)
        {
            return;
        }

        Peer = attach;
        SenderSettleMode = attach.SenderSettleMode;
        ReceiverSettleMode = attach.ReceiverSettleMode;
        Phase = LinkPhase.Open;
        Handler?.OnAttached(this);
        Opened();
    }

    internal void OnDetach(in AmqpDetach detach)
    {
        switch (Phase)
        {
            case LinkPhase.Attaching:
                SendAttach(Peer! with { Source = null, Target = null, Properties = Echo() });
                SendDetach(null, detach.Closed);
                break;
            case LinkPhase.AttachSent or LinkPhase.Open:
                SendDetach(null, detach.Closed);
                break;
        }

        Session.Forget(this);
        Finish(detach.Error);
    }

    /// <summary>Tells the owner that the link is gone, once.</summary>
    internal void Finish(AmqpError? error)
    {
        if (Phase == LinkPhase.Detached)
        {
            return;
        }

        Phase = LinkPhase.Detached;
        _endReason = error;
        Credit = 0;
        Release();
        Session.Abandon(this);
        Handler?.OnDetached(this, error);
    }

    /// <summary>The handler is set and both sides are attached.</summary>
    private protected abstract void Opened();

    /// <summary>Gives back what the link holds.</summary>
    private protected abstract void Release();

    /// <summary>Answers the peer's attach.</summary>
    private protected bool TryAccept(IAmqpLinkHandler handler, AmqpAcceptOptions options)
    {
        if (Phase == LinkPhase.Detached)
        {
            handler.OnDetached(this, _endReason);
            return false;
        }

        if (Phase != LinkPhase.Attaching || !Session.IsOpen)
        {
            return false;
        }

        SendAttach(Peer! with
        {
            Source = options.Source ?? Peer!.Source ?? new AmqpSource(),
            Target = options.Target ?? Peer!.Target ?? new AmqpTarget(),
            MaxMessageSize = (ulong)options.MaxMessageSize,
            OfferedCapabilities = options.OfferedCapabilities,
            DesiredCapabilities = null,
            Properties = options.Properties ?? Echo(),
        });
        Phase = LinkPhase.Open;
        return true;
    }

    // A client that sent properties may read ours without looking (wire facts 5.2.1).
    private AmqpMap? Echo() => Peer!.Properties is null ? null : [];

    private AmqpError? _endReason;

    private void SendDetach(AmqpError? error, bool closed)
    {
        Session.Connection.Flush();
        var writer = AmqpConnection.BeginFrame(Session.Channel);
        new AmqpDetach { Handle = Handle, Closed = closed, Error = error }.Write(writer);
        Connection.EndFrame(writer);
    }
}
