using System.Buffers;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>A link that takes messages from the peer.</summary>
public sealed class AmqpReceiverLink : AmqpLink
{
    private IAmqpReceiverHandler? _handler;
    private int _maxMessageSize = AmqpAcceptOptions.Default.MaxMessageSize;

    // How many messages may be sent or unsettled; 0 for credit by hand.
    private int _window;

    // The highest delivery count that was ever permitted: what is on its way when credit is taken back is no offence.
    private uint _limit;
    private bool _draining;

    // What was delivered and waits for its outcome. Bounded by the credit that is given.
    private readonly HashSet<uint> _unsettled = [];

    // The delivery that is coming in.
    private bool _isPartial;
    private bool _isOversize;
    private uint _id;
    private uint _format;
    private bool _settled;
    private byte[] _tag = [];
    private byte[] _partial = [];
    private int _partialLength;

    /// <summary>Initializes the peer's link.</summary>
    internal AmqpReceiverLink(AmqpSession session, uint handle, AmqpAttach peer)
        : base(session, handle, isReceiver: true, ours: null, peer)
    {
        DeliveryCount = _limit = peer.InitialDeliveryCount ?? 0;
    }

    /// <summary>Initializes a link of ours.</summary>
    internal AmqpReceiverLink(AmqpSession session, uint handle, AmqpAttach ours, IAmqpReceiverHandler handler, int credit)
        : base(session, handle, isReceiver: true, ours, peer: null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _window = credit;
        _maxMessageSize = ours.MaxMessageSize is { } size ? (int)Math.Min(size, int.MaxValue) : _maxMessageSize;
    }

    /// <summary>Gets how many messages wait for <see cref="AmqpLink.Settle"/>.</summary>
    public int Unsettled => _unsettled.Count;

    private protected override IAmqpLinkHandler? Handler => _handler;

    /// <summary>Accepts a link that the peer attaches, and gives it credit. If the link is gone, the handler is told before this returns.</summary>
    public void Accept(IAmqpReceiverHandler handler, AmqpAcceptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= AmqpAcceptOptions.Default;
        _handler = handler;
        _window = options.Credit;
        _maxMessageSize = options.MaxMessageSize;
        if (TryAccept(handler, options))
        {
            TopUp();
        }
    }

    /// <summary>Sets the credit by hand, and ends topping up.</summary>
    public void SetCredit(int credit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(credit);
        _window = 0;
        _draining = false;
        if (IsOpen)
        {
            Grant(credit);
        }
    }

    /// <summary>Asks the peer to send what it has and to give the rest of the credit back; ends topping up.</summary>
    public void Drain()
    {
        _window = 0;
        if (IsOpen)
        {
            _draining = true;
            Connection.Flush();
            Session.SendFlow(this, drain: true);
        }
    }

    /// <inheritdoc/>
    public override void Settle(uint deliveryId, AmqpOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);

        // Again, or one that never came: a second outcome would give credit, and perhaps speak of another delivery by now.
        if (_unsettled.Remove(deliveryId) && IsOpen)
        {
            Session.HoldDisposition(this, deliveryId, outcome);
            TopUp();
        }
    }

    internal override void Announce() => Connection.Handler.OnAttach(this);

    internal override void OnFlow(in AmqpFlow flow)
    {
        if (Phase != LinkPhase.Open)
        {
            return;
        }

        if (flow.DeliveryCount is { } count && (int)(count - DeliveryCount) > 0)
        {
            Credit = (int)Math.Max(0, Credit - (long)(count - DeliveryCount));
            DeliveryCount = count;
            _limit = (int)(_limit - count) < 0 ? count : _limit;
        }

        if (_draining && Credit == 0)
        {
            _draining = false;
            _handler?.OnDrained(this);
        }

        TopUp();
        if (flow.Echo && IsOpen)
        {
            Session.SendFlow(this);
        }
    }

    internal void OnSettled(uint id, AmqpOutcome outcome) => _handler?.OnSettled(this, id, outcome);

    internal void OnTransfer(in AmqpTransfer transfer, ReadOnlySpan<byte> payload)
    {
        if (Phase == LinkPhase.DetachSent)
        {
            return;
        }

        // 1. The first frame of a message uses credit and says what it is; those that follow must belong to it.
        if (!_isPartial)
        {
            if (!TryBegin(transfer))
            {
                return;
            }
        }
        else if (transfer.DeliveryId is { } id && id != _id)
        {
            Detach(new AmqpError(AmqpCondition.InvalidField, $"Delivery {id} begins before delivery {_id} has ended."));
            Release();
            return;
        }

        _settled |= transfer.Settled ?? false;
        if (transfer.Aborted)
        {
            Release();
            TopUp();
            return;
        }

        // 2. The usual: a message in one frame is not copied.
        if (!transfer.More && !_isPartial)
        {
            _isOversize = payload.Length > _maxMessageSize;
            Deliver(transfer.Tag, payload);
            return;
        }

        // 3. A message in parts.
        _isPartial = true;
        Append(payload);
        if (!transfer.More)
        {
            DeliverPartial();
        }
    }

    private protected override void Opened()
    {
        // Our link: the sender's count is known now, and credit may be given.
        DeliveryCount = _limit = Peer!.InitialDeliveryCount ?? 0;
        TopUp();
    }

    private protected override void Release()
    {
        if (_partial.Length > 0)
        {
            Connection.CountPartial(-_partial.Length);
            ArrayPool<byte>.Shared.Return(_partial);
            _partial = [];
        }

        _partialLength = 0;
        _isPartial = false;
        _isOversize = false;
    }

    private bool TryBegin(in AmqpTransfer transfer)
    {
        if (transfer.DeliveryId is not { } id)
        {
            Detach(new AmqpError(AmqpCondition.InvalidField, "The first transfer of a delivery has no delivery-id; it is mandatory."));
            return false;
        }

        if (Credit == 0 && (int)(_limit - DeliveryCount) <= 0)
        {
            Detach(new AmqpError(AmqpCondition.TransferLimitExceeded, $"Delivery {id} came without credit."));
            return false;
        }

        if (_unsettled.Contains(id))
        {
            Detach(new AmqpError(AmqpCondition.InvalidField, $"Delivery {id} comes again; it is not settled yet."));
            return false;
        }

        _isOversize = false;
        Credit = Math.Max(0, Credit - 1);
        DeliveryCount++;
        _id = id;
        _format = transfer.MessageFormat ?? 0;
        _settled = SenderSettleMode == AmqpSenderSettleMode.Settled;
        _tag = transfer.More ? transfer.Tag.ToArray() : [];

        return true;
    }

    private void Append(ReadOnlySpan<byte> payload)
    {
        if (_isOversize || payload.Length > _maxMessageSize - _partialLength)
        {
            // The rest is passed over; the answer follows with the last frame.
            _isOversize = true;
            return;
        }

        if (_partial.Length - _partialLength < payload.Length)
        {
            var wanted = Math.Max(_partialLength + payload.Length, Math.Min(2 * _partial.Length, _maxMessageSize));
            var larger = ArrayPool<byte>.Shared.Rent(wanted);
            try
            {
                Connection.CountPartial(larger.Length - _partial.Length);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(larger);
                throw;
            }

            _partial.AsSpan(0, _partialLength).CopyTo(larger);
            if (_partial.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_partial);
            }

            _partial = larger;
        }

        payload.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += payload.Length;
    }

    // The buffer is taken out first: the handler may end the connection, which would give it back.
    private void DeliverPartial()
    {
        var buffer = _partial;
        var message = buffer.AsSpan(0, _partialLength);
        _partial = [];
        _partialLength = 0;
        _isPartial = false;
        try
        {
            Deliver(_tag, message);
        }
        finally
        {
            _isOversize = false;
            if (buffer.Length > 0)
            {
                Connection.CountPartial(-buffer.Length);
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private void Deliver(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> payload)
    {
        if (!_settled)
        {
            _unsettled.Add(_id);
        }

        if (_isOversize)
        {
            RefuseMessage(_id, new AmqpError(AmqpCondition.MessageSizeExceeded, $"A message has more than {_maxMessageSize} bytes."));
        }
        else
        {
            var id = _id;
            try
            {
                _handler!.OnDelivery(this, new AmqpDelivery { Id = id, Tag = tag, MessageFormat = _format, IsSettled = _settled, Payload = payload });
            }
            catch (AmqpProtocolException exception) when (_settled || _unsettled.Contains(id))
            {
                RefuseMessage(id, exception.ToError());
            }
        }

        TopUp();
    }

    // A sender that waits for an answer is told in it; one that does not loses the link.
    private void RefuseMessage(uint id, AmqpError error)
    {
        if (_settled)
        {
            Detach(error);
        }
        else
        {
            Settle(id, AmqpOutcome.Rejected(error));
        }
    }

    // Keeps half of the window or more in the sender's hands, less what is not settled yet.
    private void TopUp()
    {
        var wanted = _window - Unsettled;
        if (_window > 0 && wanted - Credit >= Math.Max(1, _window / 2) && IsOpen)
        {
            Grant(wanted);
        }
    }

    private void Grant(int credit)
    {
        Credit = credit;
        var limit = DeliveryCount + (uint)credit;
        if ((int)(limit - _limit) > 0)
        {
            _limit = limit;
        }

        Session.SendFlow(this);
    }
}
