using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>A link that brings messages to the peer.</summary>
public sealed class AmqpSenderLink : AmqpLink
{
    private IAmqpSenderHandler? _handler;

    /// <summary>Initializes the peer's link.</summary>
    internal AmqpSenderLink(AmqpSession session, uint handle, AmqpAttach peer)
        : base(session, handle, isReceiver: false, ours: null, peer)
    {
    }

    /// <summary>Initializes a link of ours.</summary>
    internal AmqpSenderLink(AmqpSession session, uint handle, AmqpAttach ours, IAmqpSenderHandler handler)
        : base(session, handle, isReceiver: false, ours, peer: null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
    }

    /// <summary>Gets a value indicating whether the peer waits for <see cref="Drained"/>.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>
    /// Gets a value indicating whether <see cref="TrySend"/> would take a message: credit, the session's window, no message half sent, not too
    /// many that are not settled.
    /// </summary>
    public bool CanSend =>
        IsOpen && Credit > 0 && !Session.IsBlocked && (SenderSettleMode == AmqpSenderSettleMode.Settled || !Session.IsFull);

    /// <summary>Gets the largest message that the peer takes, in bytes. The owner heeds it: a larger one is sent all the same.</summary>
    public ulong PeerMaxMessageSize => Peer?.MaxMessageSize is { } size and > 0 ? size : ulong.MaxValue;

    private protected override IAmqpLinkHandler? Handler => _handler;

    /// <summary>Accepts a link that the peer attaches. If credit is there already, the handler is told before this returns; if the link is gone, too.</summary>
    public void Accept(IAmqpSenderHandler handler, AmqpAcceptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        if (TryAccept(handler, options ?? AmqpAcceptOptions.Default))
        {
            Opened();
        }
    }

    /// <summary>Sends a message if credit and the session's window permit. What the window does not let out yet of a large message is kept and follows.</summary>
    /// <param name="message">The encoded message; copied.</param>
    /// <param name="tag">The delivery tag, 1 to 32 bytes. Devices and services read it as a GUID of 16 bytes in .NET order (wire facts 5.2.12).</param>
    /// <param name="settled">Whether no answer is wanted. Taken as true if the link's senders settle, as false if they do not.</param>
    /// <param name="deliveryId">The number in the session.</param>
    /// <param name="state">Handed to <see cref="IAmqpSenderHandler.OnOutcome"/>.</param>
    /// <param name="messageFormat">0, or <see cref="AmqpBatch.Format"/>.</param>
    /// <returns><see langword="false"/> if not now: <see cref="IAmqpSenderHandler.OnCredit"/> tells when.</returns>
    public bool TrySend(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag, bool settled, out uint deliveryId, object? state = null, uint messageFormat = 0)
    {
        if (tag.Length is < 1 or > AmqpTransfer.MaxTagSize)
        {
            throw new ArgumentException($"A delivery tag has {tag.Length} bytes; 1 to {AmqpTransfer.MaxTagSize} are permitted.");
        }

        deliveryId = 0;
        settled = SenderSettleMode == AmqpSenderSettleMode.Settled || (SenderSettleMode == AmqpSenderSettleMode.Mixed && settled);
        if (!CanSend)
        {
            return false;
        }

        Credit--;
        DeliveryCount++;
        deliveryId = Session.Send(this, message, tag, settled, state, messageFormat);
        return true;
    }

    /// <summary>Gives the rest of the credit back, after <see cref="IAmqpSenderHandler.OnDrain"/>.</summary>
    public void Drained()
    {
        if (!IsDraining || !IsOpen)
        {
            return;
        }

        IsDraining = false;
        DeliveryCount += (uint)Credit;
        Credit = 0;
        Session.SendFlow(this, drain: true);
    }

    /// <inheritdoc/>
    public override void Settle(uint deliveryId, AmqpOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (IsOpen)
        {
            Session.SettleOutgoing(this, deliveryId, outcome);
        }
    }

    internal override void Announce() => Connection.Handler.OnAttach(this);

    internal override void OnFlow(in AmqpFlow flow)
    {
        if (Phase > LinkPhase.Open)
        {
            return;
        }

        if (flow.LinkCredit is { } credit)
        {
            // AMQP 1.0 part 2, 2.6.7. Before it saw our attach the peer counts from where we begin: 0.
            var left = (long)credit + (int)((flow.DeliveryCount ?? 0) - DeliveryCount);
            Credit = (int)Math.Clamp(left, 0, int.MaxValue);
        }

        IsDraining = flow.Drain;
        Opened();
        if (flow.Echo && IsOpen)
        {
            Session.SendFlow(this);
        }
    }

    internal void OnOutcome(uint id, object? state, AmqpOutcome outcome, bool settled) => _handler?.OnOutcome(this, id, state, outcome, settled);

    internal void OfferCredit()
    {
        if (CanSend)
        {
            _handler?.OnCredit(this);
        }
    }

    private protected override void Opened()
    {
        if (!IsOpen)
        {
            return;
        }

        if (IsDraining)
        {
            _handler?.OnDrain(this);
        }
        else
        {
            OfferCredit();
        }
    }

    private protected override void Release() => IsDraining = false;
}
