using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <content>What comes in.</content>
public sealed partial class AmqpSession
{
    private uint? _nextIncomingId;
    private int _incomingWindow;

    internal void OnAttach(AmqpAttach attach)
    {
        if (Phase != SessionPhase.Open)
        {
            return;
        }

        if (attach.Handle >= (uint)Connection.Options.MaxLinks)
        {
            throw AmqpFault.Framing($"A link attaches with handle {attach.Handle}; 0 to {Connection.Options.MaxLinks - 1} are permitted.");
        }

        if (_remote[attach.Handle] is not null)
        {
            Fail(new AmqpError(AmqpCondition.HandleInUse, $"Handle {attach.Handle} has a link already."));
            return;
        }

        // 1. The answer to one of ours: the other role, the same name.
        var isReceiver = !attach.IsReceiver;
        var same = Find(attach.Name, isReceiver);
        if (same is { Phase: LinkPhase.AttachSent, RemoteHandle: null })
        {
            same.RemoteHandle = attach.Handle;
            _remote.Add(attach.Handle, same);
            same.OnAnswered(attach);
            return;
        }

        // 2. One that we detached before it was answered: its answer still comes, and a detach after it.
        if (FindUnanswered(attach.Name, isReceiver) is { } gone)
        {
            gone.RemoteHandle = attach.Handle;
            _remote.Add(attach.Handle, gone);
            return;
        }

        if (same is not null)
        {
            Fail(new AmqpError(AmqpCondition.NotAllowed, $"The session has a link of this name and role already: {Shorten(attach.Name)}."));
            return;
        }

        // 3. A new one.
        var handle = _local.FindFree();
        AmqpLink link = isReceiver ? new AmqpReceiverLink(this, handle, attach) : new AmqpSenderLink(this, handle, attach);
        link.RemoteHandle = attach.Handle;
        _local.Add(handle, link);
        _remote.Add(attach.Handle, link);
        if (!Connection.Count(1))
        {
            throw AmqpFault.Limit($"{Connection.Options.MaxUnauthenticatedLinks} links are permitted before authentication.");
        }

        if (isReceiver && attach.Target is { IsOfOtherKind: true })
        {
            link.Refuse(new AmqpError(AmqpCondition.NotImplemented, "A target of another kind (a coordinator of transactions) is not supported."));
            return;
        }

        link.Announce();
    }

    internal void OnDetach(in AmqpDetach detach)
    {
        if (Phase != SessionPhase.Open)
        {
            return;
        }

        if (_remote[detach.Handle] is not { } link)
        {
            Fail(Unattached(detach.Handle));
            return;
        }

        link.OnDetach(detach);
    }

    internal void OnFlow(in AmqpFlow flow)
    {
        if (Phase != SessionPhase.Open)
        {
            return;
        }

        AmqpLink? link = null;
        if (flow.Handle is { } handle && (link = _remote[handle]) is null)
        {
            Fail(Unattached(handle));
            return;
        }

        _nextIncomingId = flow.NextOutgoingId;
        var wasBlocked = IsBlocked;

        // What the peer takes, less what it has not seen yet: AMQP 1.0 part 2, 2.5.6. Before it saw our begin it counts from there, which is 0.
        var window = (long)flow.IncomingWindow - (int)(_nextOutgoingId - (flow.NextIncomingId ?? InitialOutgoingId));
        _remoteWindow = (uint)Math.Clamp(window, 0, uint.MaxValue);
        SendPending();
        link?.OnFlow(flow);
        if (wasBlocked && !IsBlocked)
        {
            OfferCredit(except: link);
        }

        if (link is null && flow.Echo)
        {
            SendFlow(null);
        }
    }

    internal void OnTransfer(in AmqpTransfer transfer, ReadOnlySpan<byte> payload)
    {
        if (Phase != SessionPhase.Open)
        {
            return;
        }

        // Never 0 here: it is renewed below, before it is used up. What holds a peer up is credit, and that nobody reads what it sends.
        _incomingWindow--;
        _nextIncomingId++;
        if (_remote[transfer.Handle] is not AmqpReceiverLink link)
        {
            Fail(Unattached(transfer.Handle));
            return;
        }

        link.OnTransfer(transfer, payload);
        if (_incomingWindow <= Connection.Options.IncomingWindow / 2 && IsOpen)
        {
            SendFlow(null);
        }
    }

    internal void OnDisposition(in AmqpDisposition disposition)
    {
        if (Phase != SessionPhase.Open)
        {
            return;
        }

        if ((int)(disposition.Last - disposition.First) < 0)
        {
            Fail(new AmqpError(AmqpCondition.InvalidField, $"A disposition is for deliveries {disposition.First} to {disposition.Last}; the last must not be before the first."));
            return;
        }

        if (disposition.IsReceiver)
        {
            var wasFull = IsFull;
            ForEach(_unsettled, disposition, static (session, id, disposition) => session.Decide(id, disposition));
            if (wasFull && !IsFull)
            {
                OfferCredit(except: null);
            }
        }
        else if (disposition.Settled && _awaiting.Count > 0)
        {
            ForEach(_awaiting, disposition, static (session, id, disposition) =>
            {
                if (session._awaiting.Remove(id, out var delivery))
                {
                    delivery.Link.OnSettled(id, disposition.Outcome ?? delivery.Outcome);
                }
            });
        }
    }

    private static AmqpError Unattached(uint handle) => new(AmqpCondition.UnattachedHandle, $"Handle {handle} has no link that could take this.");

    private static string Shorten(string name) => name.Length <= 64 ? name : name[..64] + "…";

    // A range may span the whole number space: never more steps than there are deliveries.
    private void ForEach<T>(Dictionary<uint, T> deliveries, in AmqpDisposition disposition, Action<AmqpSession, uint, AmqpDisposition> action)
    {
        var span = disposition.Last - disposition.First;
        if (span < (uint)deliveries.Count)
        {
            for (var i = 0U; i <= span; i++)
            {
                action(this, disposition.First + i, disposition);
            }

            return;
        }

        foreach (var id in deliveries.Keys.ToArray())
        {
            if (id - disposition.First <= span)
            {
                action(this, id, disposition);
            }
        }
    }

    private void Decide(uint id, in AmqpDisposition disposition)
    {
        if (!_unsettled.TryGetValue(id, out var delivery))
        {
            return;
        }

        if (disposition.Settled)
        {
            _unsettled.Remove(id);
            delivery.Link.OnOutcome(id, delivery.State, disposition.Outcome ?? AmqpOutcome.Unknown, settled: true);
        }
        else if (disposition.Outcome is { } outcome && !delivery.IsDecided)
        {
            _unsettled[id] = delivery with { IsDecided = true };
            delivery.Link.OnOutcome(id, delivery.State, outcome, settled: false);
        }
    }

    private AmqpLink? FindUnanswered(string name, bool isReceiver)
    {
        foreach (var link in _local.ToArray())
        {
            if (link.IsReceiver == isReceiver && link.Phase == LinkPhase.DetachSent && link.RemoteHandle is null && link.Name == name)
            {
                return link;
            }
        }

        return null;
    }
}
