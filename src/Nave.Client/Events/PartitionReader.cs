using System.Globalization;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>
/// Reads one partition: attaches, holds what comes, tops up credit as it is taken, and attaches again behind the last event that came when link
/// or connection were lost. What came is handed out once, in order.
/// </summary>
/// <param name="stream">The event stream.</param>
/// <param name="options">How to read.</param>
/// <param name="start">Where.</param>
/// <param name="ready">Told when there is something to take; not again before it was taken.</param>
internal sealed partial class PartitionReader(EventStream stream, EventReadOptions options, PartitionStart start, Action<PartitionReader> ready)
    : IAmqpReceiverHandler
{
    // Partitions take turns, and credit comes back, chunk by chunk.
    private const int MaxChunk = 256;

    // Before anything has come, events are taken for as large as this.
    private const int FirstGuessBytes = 4096;

    // Guards what is held. Taken inside the connection's gate, never around it.
    private readonly Lock _gate = new();
    private readonly Queue<List<ReceivedEvent>> _chunks = new();
    private List<ReceivedEvent> _filling = [];
    private bool _announced;
    private int _held;
    private long _averageBytes = FirstGuessBytes;
    private int _taken;

    // These belong to the connection's gate.
    private AmqpPeer? _peer;
    private AmqpReceiverLink? _link;
    private TaskCompletionSource _attached = Signal();
    private TaskCompletionSource<AmqpPeerException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _last;
    private long _lastEnqueuedMs;
    private bool _isDone;

    /// <summary>Takes the oldest chunk that is held.</summary>
    public IReadOnlyList<ReceivedEvent> Take()
    {
        bool more;
        List<ReceivedEvent> chunk;
        lock (_gate)
        {
            if (!_chunks.TryDequeue(out chunk!))
            {
                chunk = _filling;
                _filling = [];
            }

            _taken = chunk.Count;
            more = _chunks.Count > 0 || _filling.Count > 0;
            _announced = more;
        }

        if (more)
        {
            ready(this);
        }

        return chunk;
    }

    /// <summary>The chunk that was taken last is done with: as much may come again.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _held -= _taken;
            _taken = 0;
        }

        if (Volatile.Read(ref _peer) is { } peer)
        {
            lock (peer.Gate)
            {
                if (ReferenceEquals(peer, _peer) && TopUp())
                {
                    peer.Flush();
                }
            }
        }
    }

    void IAmqpLinkHandler.OnAttached(AmqpLink link)
    {
        if (ReferenceEquals(link, _link))
        {
            _attached.TrySetResult();
            TopUp();
        }
    }

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        if (!ReferenceEquals(link, _link) || _isDone)
        {
            return;
        }

        if (!delivery.IsSettled)
        {
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }

        ReceivedEvent received;
        try
        {
            received = ReceivedEvent.Read(start.PartitionId, delivery.Payload);
        }
        catch (AmqpProtocolException e)
        {
            // To attach again would bring the same.
            End(new AmqpPeerException(AmqpPeerError.Refused, $"The event after {_last} of partition {start.PartitionId} cannot be read: {e.Message}", e.Condition, e));
            return;
        }

        // Never twice, whatever the peer does.
        if (received.SequenceNumber <= _last || received.SequenceNumber > start.Last)
        {
            return;
        }

        _last = received.SequenceNumber;
        _lastEnqueuedMs = received.EnqueuedMs;
        _isDone = _last == start.Last;
        Hold(received, delivery.Payload.Length);
        if (_isDone)
        {
            End(new AmqpPeerException(AmqpPeerError.NotConnected, "The last event that was wanted has come."));
        }
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? error)
    {
        if (ReferenceEquals(link, _link))
        {
            End(link.Connection.State == AmqpConnectionState.Closed || error is null
                ? _peer?.Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, $"{stream.HostName} detached partition {start.PartitionId}.")
                : AmqpFailure.Of(error, $"{stream.HostName} detached partition {start.PartitionId} of consumer group {options.ConsumerGroup}"));
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Hold(ReceivedEvent received, int bytes)
    {
        bool announce;
        lock (_gate)
        {
            _filling.Add(received);
            if (_filling.Count == MaxChunk)
            {
                _chunks.Enqueue(_filling);
                _filling = new List<ReceivedEvent>(MaxChunk);
            }

            _held++;

            // Grows at once and shrinks slowly: a few large events among small ones are not forgotten soon.
            _averageBytes = bytes >= _averageBytes ? bytes : _averageBytes - ((_averageBytes - bytes) / 16);
            announce = !_announced;
            _announced = true;
        }

        if (announce)
        {
            ready(this);
        }
    }

    // The connection's gate is held. Credit and what is held are never more than what is asked for ahead.
    private bool TopUp()
    {
        if (_link is not { IsOpen: true } link || _isDone)
        {
            return false;
        }

        int window, free;
        lock (_gate)
        {
            window = (int)Math.Clamp(options.PrefetchBytes / Math.Max(_averageBytes, 1), 1, options.Prefetch);
            free = window - _held;
        }

        // A flow for each event would cost more than the events.
        if (free <= link.Credit || free - link.Credit < (window + 3) / 4)
        {
            return false;
        }

        link.SetCredit(free);
        return true;
    }

    // The connection's gate is held.
    private void End(AmqpPeerException reason)
    {
        var link = _link;
        _link = null;
        _attached.TrySetException(reason);
        _ = _attached.Task.Exception;
        _ended.TrySetResult(reason);
        if (link is { Session.IsOpen: true })
        {
            link.Session.End();
        }
    }

    private string Filter => _last is { } last
        ? string.Create(CultureInfo.InvariantCulture, $"amqp.annotation.x-opt-sequence-number > '{last}'")
        : _start.Filter!; // The newest was looked up.
}
