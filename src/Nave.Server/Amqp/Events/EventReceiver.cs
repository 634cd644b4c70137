using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Events;

/// <summary>
/// A receiver of one partition: reads the log as credit comes and as the peer reads, so that a slow one costs nothing but the batch
/// in hand, and a stalled one not even that. Guarded by the peer's turn but where it says otherwise.
/// </summary>
internal sealed partial class EventReceiver : IAmqpSenderHandler, IEventReceiver, IPeerWork, IThreadPoolWorkItem, IDisposable
{
    // A chunk of the log has about as much; several hundred small events.
    private const int ReadBytes = 128 * 1024;

    // How much is sent in one turn: then others have theirs, and what was written leaves.
    private const int TurnBytes = 128 * 1024;

    private readonly EventReceiverSet _set;
    private readonly AmqpPeer _peer;
    private readonly AmqpSenderLink _link;
    private readonly EventReader _events;
    private readonly int _partition;
    private readonly bool _wantsMetrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly Release _release;
    private ReceiverPlace? _place;
    private EventBatch? _batch;
    private int _index;
    private long _next;
    private Fetching _fetching;
    private bool _isQueued;
    private bool _isClosed;
    private int _used;

    // Written by whoever fetched, taken in a turn.
    private EventBatch? _fetched;
    private AmqpError? _failure;

    /// <summary>Initializes a new instance of the <see cref="EventReceiver"/> class.</summary>
    /// <param name="set">Where receivers are known.</param>
    /// <param name="request">The link.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="start">The first sequence number.</param>
    /// <param name="options">What the peer says.</param>
    public EventReceiver(EventReceiverSet set, LinkRequest request, int partition, long start, EventReceiverOptions options)
    {
        _set = set;
        _peer = request.Peer;
        _link = request.Sender!; // The endpoint has looked: the peer receives.
        _events = request.Peer.Tenant!.Hub!.Events;
        _partition = partition;
        _next = start;
        _wantsMetrics = options.WantsMetrics;
        _release = new Release(this);
        _stopped = _stop.Token;
        Name = options.Name;
    }

    private enum Fetching
    {
        None,
        Reading,
        Waiting,
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Begins to serve the link.</summary>
    public void Start(LinkRequest request, ReceiverPlace place)
    {
        _place = place;
        _set.Add(this);
        var accepted = request.Accept(this, new AmqpAcceptOptions
        {
            MaxMessageSize = EventEndpoint.MaxMessageBytes,
            OfferedCapabilities = _wantsMetrics ? [EventReceiverOptions.MetricsCapability] : null,
        });
        if (!accepted)
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link) => Pump();

    /// <inheritdoc/>
    public void OnDrain(AmqpSenderLink link) => Pump();

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? reason) => Dispose();

    /// <inheritdoc/>
    void IEventReceiver.Displace(ReceiverEnd reason, string message)
    {
        // The first reason counts, and the post makes it seen.
        Interlocked.CompareExchange(ref _failure, EventErrors.Of(reason, message), null);
        _peer.Post(this);
    }

    /// <inheritdoc/>
    void IPeerWork.Run()
    {
        _isQueued = false;
        var fetched = Interlocked.Exchange(ref _fetched, null);
        if (_isClosed)
        {
            fetched?.Dispose();
            return;
        }

        if (fetched is not null)
        {
            _fetching = Fetching.None;
            Take(fetched);
        }

        Pump();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _peer.Post(this);

    /// <summary>Gives back the memory of a receiver that did not move since the last call. Any thread; never waits.</summary>
    public void Trim()
    {
        if (Volatile.Read(ref _batch) is not null && Interlocked.Exchange(ref _used, 0) == 0)
        {
            _peer.Post(_release);
        }
    }

    /// <summary>Ends the receiver: its place is free, and it holds nothing. In a turn.</summary>
    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _set.Remove(this);
            _place?.Dispose();
            Drop();
            _stop.Cancel();
            _stop.Dispose();
        }
    }

    private void Pump()
    {
        if (_isClosed)
        {
            return;
        }

        if (Volatile.Read(ref _failure) is { } failure)
        {
            _link.Detach(failure);
            return;
        }

        try
        {
            Send();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or ObjectDisposedException)
        {
            _link.Detach(ErrorOf(exception));
            return;
        }

        // What is there has been sent, or the credit is used up: the rest of it goes back.
        if (_link.IsDraining && (_fetching == Fetching.Waiting || _link.Credit == 0))
        {
            _link.Drained();
        }
    }

    private void Send()
    {
        var left = TurnBytes;
        var state = _wantsMetrics ? _events.GetState(_partition) : default;
        var now = _wantsMetrics ? _peer.Context.Time.GetUtcNow() : default;
        Span<byte> tag = stackalloc byte[sizeof(long)];
        while (_peer.MaySend(_link) && (_batch is not null || TryFetch()))
        {
            if (left <= 0)
            {
                Continue();
                return;
            }

            var item = _batch![_index]; // There is one: see the condition.
            var writer = MessageScratch.Writer;
            if (_wantsMetrics)
            {
                EventEncoder.WriteRuntimeMetrics(writer, state, now);
            }

            EventEncoder.Write(writer, item);
            BinaryPrimitives.WriteInt64BigEndian(tag, item.SequenceNumber);
            if (!MessageSize.Fits(_link, writer.Length) || !_link.TrySend(writer.Written, tag, settled: true, out _))
            {
                return;
            }

            left -= writer.Length;
            _used = 1;
            _next = item.SequenceNumber + 1;
            if (++_index == _batch.Count)
            {
                _next = _batch.NextSequence;
                Drop();
            }
        }
    }

    // The rest in another turn, on the thread pool: not all at once on the thread that reads from sockets.
    private void Continue()
    {
        if (!_isQueued)
        {
            _isQueued = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    // Gets the next batch at once if it is in memory; else it is posted when it is there.
    private bool TryFetch()
    {
        if (_fetching != Fetching.None)
        {
            return false;
        }

        var read = _events.ReadBatchAsync(_partition, _next, ReadBytes, _stopped);
        if (!read.IsCompletedSuccessfully)
        {
            _fetching = Fetching.Reading;
            _ = FetchAsync(read.AsTask());
            return false;
        }

        var batch = read.Result;
        if (batch.Count > 0)
        {
            Take(batch);
            return true;
        }

        Wait(batch);
        return false;
    }

    private void Take(EventBatch batch)
    {
        if (batch.Count == 0)
        {
            Wait(batch);
            return;
        }

        _batch = batch;
        _index = 0;
        _used = 1;
    }

    // The end of the log: whoever commits the next event wakes this.
    private void Wait(EventBatch end)
    {
        _next = Math.Max(_next, end.NextSequence);
        end.Dispose();
        _fetching = Fetching.Waiting;
        _ = FetchAsync(null);
    }

    private async Task FetchAsync(Task<EventBatch>? read)
    {
        try
        {
            if (read is null)
            {
                await _events.WaitForAsync(_partition, _next, _stopped);
                read = _events.ReadBatchAsync(_partition, _next, ReadBytes, _stopped).AsTask();
            }

            Volatile.Write(ref _fetched, await read);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            if (exception is not (InvalidDataException or IOException or ObjectDisposedException))
            {
                Log.ReadFailed(_peer.Context.Logger, _partition, exception);
            }

            Interlocked.CompareExchange(ref _failure, ErrorOf(exception), null);
        }

        _peer.Post(this);
    }

    private void Drop()
    {
        _batch?.Dispose();
        Volatile.Write(ref _batch, null);
        _index = 0;
    }

    private static AmqpError ErrorOf(Exception exception) => exception switch
    {
        InvalidDataException => new(AmqpCondition.InternalError, exception.Message),
        ObjectDisposedException => EventErrors.Of(ReceiverEnd.HubClosed, "The hub closes."),
        IOException => new(AmqpCondition.DetachForced, "The event log cannot be read now; try again later."),
        _ => new(AmqpCondition.InternalError, "The hub failed."),
    };

    // What Trim asks for, in a turn.
    private sealed class Release(EventReceiver receiver) : IPeerWork
    {
        public void Run()
        {
            if (Volatile.Read(ref receiver._used) == 0)
            {
                receiver.Drop();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Error, "Partition {Partition} could not be read.")]
        public static partial void ReadFailed(ILogger logger, int partition, Exception exception);
    }
}
