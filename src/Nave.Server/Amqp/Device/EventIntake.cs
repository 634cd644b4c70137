using Nave.Amqp;
using Nave.Hub.Connections;
using Nave.Hub.Telemetry;
using Nave.Server.Ingest;
using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>
/// The way of one link's events into the log, and of their outcomes back. Events come in the peer's turn; their fate is told on the log's
/// commit thread, which collects what a commit has stored and has it settled in one turn: one disposition for all in a row.
/// </summary>
internal sealed class EventIntake : IAmqpReceiverHandler, IAppendObserver, IAcknowledger, IHeldSender, IPeerWork
{
    // Events that wait because their device is over its limit; what is more than these is refused.
    private const int MaxHeldBytes = 256 * 1024;

    // The same of all links of a connection.
    private const int MaxHeldBytesOfPeer = 4 * 1024 * 1024;

    private readonly DevicePeer _device;
    private readonly AmqpReceiverLink _link;
    private readonly IngestLane _lane;
    private readonly EventStager _stager;
    private readonly Queue<HeldEvent> _held = new();
    private readonly Resumption _resumption;

    // Guards what goes from the commit thread to the peer's turn.
    private readonly Lock _gate = new();
    private List<(uint Id, bool Durable)> _told = [];
    private List<(uint Id, bool Durable)> _settling = [];
    private bool _posted;
    private bool _resumePosted;

    // The commit thread only.
    private List<(uint Id, bool Durable)> _fates = [];
    private int _counted;

    // The peer's turn only.
    private int _heldBytes;
    private bool _holdsReading;
    private AppendOutcome _lastOutcome;
    private long _unavailableSince;

    public EventIntake(DevicePeer device, AmqpReceiverLink link, IngestLane lane)
    {
        _device = device;
        _link = link;
        _lane = lane;
        _stager = new EventStager(device, this, lane);
        _resumption = new Resumption(this);
    }

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        if (_device.Session is not { IsOpen: true } session)
        {
            return; // Its links are being detached.
        }

        _device.Peer.Lane.Count(1, 0);
        session.Touch();
        var ticket = new EventTicket(delivery);
        if (_held.Count == 0 && IsDone(Stage(delivery.Payload, ref ticket), ticket))
        {
            return;
        }

        var bytes = delivery.Payload.Length;
        var isFull = (_heldBytes + bytes > MaxHeldBytes && _held.Count > 0) || _device.Peer.HeldEventBytes + bytes > MaxHeldBytesOfPeer;
        if (isFull && !_holdsReading)
        {
            Reject(ticket, _lastOutcome == AppendOutcome.Unavailable ? EventErrors.NotStored : EventErrors.Throttled);
            return;
        }

        // While the staging area is full nothing more is read, so this is one read's worth at most.
        _held.Enqueue(new HeldEvent(ticket, delivery.Payload.ToArray()));
        CountHeld(bytes);
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        _held.Clear();
        CountHeld(-_heldBytes);
        Release();
        _device.Detached(link);
    }

    /// <summary>Counts an event whose fate was told. On the commit thread.</summary>
    public void CountTold()
    {
        if (_counted++ == 0)
        {
            _lane.MarkDirty(this);
        }
    }

    /// <summary>Notes what became of a delivery. On the commit thread.</summary>
    public void Tell(uint deliveryId, bool durable) => _fates.Add((deliveryId, durable));

    /// <summary>Settles a delivery. In the peer's turn.</summary>
    public void Settle(uint deliveryId, bool durable) =>
        _link.Settle(deliveryId, durable ? AmqpOutcome.Accepted : AmqpOutcome.Rejected(EventErrors.NotStored));

    /// <inheritdoc/>
    void IAppendObserver.Appended(long token, bool durable)
    {
        CountTold();
        Tell((uint)token, durable);
    }

    /// <inheritdoc/>
    void IAcknowledger.FlushAcknowledgements()
    {
        bool post;
        lock (_gate)
        {
            // Usually all was settled before the next commit, and the lists only change places.
            if (_told.Count == 0)
            {
                (_told, _fates) = (_fates, _told);
            }
            else
            {
                _told.AddRange(_fates);
                _fates.Clear();
            }

            post = !_posted && _told.Count > 0;
            _posted |= post;
        }

        if (post)
        {
            _device.Peer.Post(this);
        }

        _lane.CountCompleted(_counted);
        _counted = 0;
    }

    /// <inheritdoc/>
    void IHeldSender.ResumeTelemetry()
    {
        lock (_gate)
        {
            if (_resumePosted)
            {
                return;
            }

            _resumePosted = true;
        }

        _device.Peer.Post(_resumption);
    }

    /// <inheritdoc/>
    void IPeerWork.Run()
    {
        lock (_gate)
        {
            _posted = false;
            (_told, _settling) = (_settling, _told);
        }

        foreach (var (id, durable) in _settling)
        {
            Settle(id, durable);
        }

        _settling.Clear();
    }

    private AppendOutcome Stage(ReadOnlySpan<byte> payload, ref EventTicket ticket)
    {
        try
        {
            var outcome = _stager.Stage(payload, ref ticket);
            if (outcome == AppendOutcome.Busy)
            {
                // Wait first, then try again: the batch that makes room may complete in between.
                _lane.WaitForRoom(this);
                outcome = _stager.Stage(payload, ref ticket);
            }

            return _lastOutcome = outcome;
        }
        catch (AmqpProtocolException exception)
        {
            Reject(ticket, exception.ToError());
            return AppendOutcome.Staged;
        }
    }

    // False if it has to wait; that somebody comes again is arranged then.
    private bool IsDone(AppendOutcome outcome, in EventTicket ticket)
    {
        switch (outcome)
        {
            case AppendOutcome.Staged:
                _unavailableSince = 0;
                return true;
            case AppendOutcome.TooLarge:
                Reject(ticket, EventErrors.TooLarge);
                return true;
            case AppendOutcome.Unavailable when IsGraceOver():
                _device.End(CloseReason.StorageUnavailable);
                return true;
            case AppendOutcome.Busy:
                if (!_holdsReading)
                {
                    _holdsReading = true;
                    _device.Peer.HoldReading();
                }

                return false;
            default:
                // One device waits for its allowance; the others of the connection do not.
                Release();
                _lane.WaitForAllowance(this);
                return false;
        }
    }

    private void Resume()
    {
        lock (_gate)
        {
            _resumePosted = false;
        }

        while (_held.TryPeek(out var held))
        {
            if (!IsDone(Stage(held.Payload, ref held.Ticket), held.Ticket))
            {
                return;
            }

            // Unless the link was ended, and the queue with it.
            if (_held.TryDequeue(out _))
            {
                CountHeld(-held.Payload.Length);
            }
        }

        Release();
    }

    private void CountHeld(int bytes)
    {
        _heldBytes += bytes;
        _device.Peer.HeldEventBytes += bytes;
    }

    private void Release()
    {
        if (_holdsReading)
        {
            _holdsReading = false;
            _device.Peer.ReleaseReading();
        }
    }

    private void Reject(in EventTicket ticket, AmqpError error)
    {
        if (!ticket.IsSettled)
        {
            _link.Settle(ticket.Id, AmqpOutcome.Rejected(error));
        }
    }

    private bool IsGraceOver()
    {
        var now = _device.Peer.Now;
        if (_unavailableSince == 0)
        {
            _unavailableSince = now;
        }

        return now - _unavailableSince >= (long)_device.Peer.Context.Options.StorageGrace.TotalMilliseconds;
    }

    private sealed class Resumption(EventIntake intake) : IPeerWork
    {
        public void Run() => intake.Resume();
    }
}
