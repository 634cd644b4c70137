using System.Buffers;
using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <content>What goes out.</content>
public sealed partial class AmqpSession
{
    private const uint InitialOutgoingId = 0;

    // Nothing is kept to be sent again, so there is nothing to bound.
    private const uint OutgoingWindow = int.MaxValue;

    private readonly Dictionary<uint, OutgoingDelivery> _unsettled = [];
    private readonly Dictionary<uint, IncomingDelivery> _awaiting = [];
    private uint _nextOutgoingId = InitialOutgoingId;
    private uint _nextDeliveryId;
    private uint _remoteWindow;

    // The dispositions that wait to go out as one.
    private AmqpDisposition _held;

    // What the window did not let out of a message.
    private AmqpSenderLink? _pendingLink;
    private byte[] _pending = [];
    private int _pendingStart;
    private int _pendingEnd;
    private bool _pendingSettled;

    /// <summary>Gets or sets the next session of the connection that holds a disposition back.</summary>
    internal AmqpSession? NextDirty { get; set; }

    internal bool IsDirty { get; set; }

    /// <summary>Gets a value indicating whether the window, or a message half sent, lets nothing more out.</summary>
    internal bool IsBlocked => _remoteWindow == 0 || _pendingLink is not null;

    /// <summary>Gets a value indicating whether no more deliveries may wait for their outcome.</summary>
    internal bool IsFull => _unsettled.Count >= Connection.Options.MaxUnsettled;

    internal uint Send(AmqpSenderLink link, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag, bool settled, object? state, uint format)
    {
        var id = _nextDeliveryId++;
        if (!settled)
        {
            _unsettled.Add(id, new OutgoingDelivery(link, state, IsDecided: false));
        }

        var transfer = new AmqpTransfer { Handle = link.Handle, DeliveryId = id, Tag = tag, MessageFormat = format, Settled = settled };
        var sent = SendFrame(transfer, message);
        while (sent < message.Length && _remoteWindow > 0)
        {
            sent += SendFrame(new AmqpTransfer { Handle = link.Handle, Settled = settled }, message[sent..]);
        }

        if (sent < message.Length)
        {
            _pendingLink = link;
            _pendingSettled = settled;
            _pending = ArrayPool<byte>.Shared.Rent(message.Length - sent);
            message[sent..].CopyTo(_pending);
            _pendingStart = 0;
            _pendingEnd = message.Length - sent;
        }

        return id;
    }

    /// <summary>Forgets a message half sent: its link is gone.</summary>
    internal void DropPending(AmqpSenderLink? ofLink = null)
    {
        if (_pendingLink is not null && (ofLink is null || _pendingLink == ofLink))
        {
            _pendingLink = null;
            ArrayPool<byte>.Shared.Return(_pending);
            _pending = [];
        }
    }

    /// <summary>Says what became of a delivery that came; consecutive ones leave together.</summary>
    internal void HoldDisposition(AmqpReceiverLink link, uint id, AmqpOutcome outcome)
    {
        // A sender that settles first needs another round; beyond the bound it is told at once.
        var settled = link.ReceiverSettleMode == AmqpReceiverSettleMode.First || _awaiting.Count >= Connection.Options.MaxUnsettled;
        if (!settled)
        {
            _awaiting[id] = new IncomingDelivery(link, outcome);
        }

        if (IsDirty && _held.Settled == settled && _held.Last + 1 == id && ReferenceEquals(_held.Outcome, outcome))
        {
            _held = _held with { Last = id };
            return;
        }

        if (IsDirty)
        {
            WriteDisposition();
        }
        else
        {
            IsDirty = true;
            Connection.MarkDirty(this);
        }

        _held = new AmqpDisposition { IsReceiver = true, First = id, Last = id, Settled = settled, Outcome = outcome };
    }

    internal void WriteDisposition()
    {
        if (IsOpen)
        {
            Write(_held);
        }
    }

    /// <summary>As a sender: confirms what the receiver decided.</summary>
    internal void SettleOutgoing(AmqpSenderLink link, uint id, AmqpOutcome outcome)
    {
        if (!_unsettled.TryGetValue(id, out var delivery) || delivery.Link != link)
        {
            return;
        }

        var wasFull = IsFull;
        _unsettled.Remove(id);
        Write(new AmqpDisposition { IsReceiver = false, First = id, Last = id, Settled = true, Outcome = outcome });
        if (wasFull)
        {
            OfferCredit(except: null);
        }
    }

    internal void SendFlow(AmqpLink? link, bool drain = false)
    {
        _incomingWindow = Connection.Options.IncomingWindow;
        var writer = AmqpConnection.BeginFrame(Channel);
        new AmqpFlow
        {
            NextIncomingId = _nextIncomingId,
            IncomingWindow = (uint)_incomingWindow,
            NextOutgoingId = _nextOutgoingId,
            OutgoingWindow = OutgoingWindow,
            Handle = link?.Handle,
            DeliveryCount = link?.DeliveryCount,
            LinkCredit = link is null ? null : (uint)link.Credit,
            Drain = drain,
        }.Write(writer);
        Connection.EndFrame(writer);
    }

    /// <summary>Takes a link's deliveries out of those that wait, and tells that their outcome is not known.</summary>
    internal void Abandon(AmqpLink link)
    {
        DropPending(link as AmqpSenderLink);
        if (link is AmqpSenderLink sender)
        {
            foreach (var (id, delivery) in _unsettled.Where(pair => pair.Value.Link == sender).ToArray())
            {
                _unsettled.Remove(id);
                sender.OnOutcome(id, delivery.State, AmqpOutcome.Unknown, settled: true);
            }
        }
        else
        {
            foreach (var (id, _) in _awaiting.Where(pair => pair.Value.Link == link).ToArray())
            {
                _awaiting.Remove(id);
            }
        }
    }

    private void SendPending()
    {
        if (_pendingLink is not { } link)
        {
            return;
        }

        while (_remoteWindow > 0 && _pendingStart < _pendingEnd)
        {
            var transfer = new AmqpTransfer { Handle = link.Handle, Settled = _pendingSettled };
            _pendingStart += SendFrame(transfer, _pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart));
        }

        if (_pendingStart == _pendingEnd)
        {
            DropPending();
        }
    }

    // Sends as much of a message as fits into a frame.
    private int SendFrame(AmqpTransfer transfer, ReadOnlySpan<byte> payload)
    {
        var writer = AmqpConnection.BeginFrame(Channel);
        transfer.Write(writer);
        var room = Connection.MaxOutgoingFrame - writer.Length;
        if (payload.Length > room)
        {
            payload = payload[..room];
            writer.Truncate(AmqpFrame.HeaderSize);
            (transfer with { More = true }).Write(writer);
        }

        Connection.EndFrame(writer, payload);
        _nextOutgoingId++;
        _remoteWindow--;
        return payload.Length;
    }

    private void Write(in AmqpDisposition disposition)
    {
        var writer = AmqpConnection.BeginFrame(Channel);
        disposition.Write(writer);
        Connection.EndFrame(writer);
    }

    private void OfferCredit(AmqpLink? except)
    {
        foreach (var link in _local.ToArray())
        {
            if (link != except && link is AmqpSenderLink sender)
            {
                sender.OfferCredit();
            }
        }
    }
}
