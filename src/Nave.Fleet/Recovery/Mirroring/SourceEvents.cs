using Microsoft.Extensions.Logging;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>
/// The events of the source that tell of changes, as what they are: hints which devices to read again. The reader runs ahead of what is
/// applied by a bounded number of events.
/// </summary>
internal sealed partial class SourceEvents(EventsClient events, string consumerGroup, ILogger logger) : IAsyncDisposable
{
    // A few seconds of a busy hub: beyond it the stream itself is the queue.
    private const int MaxAhead = 50_000;

    private static readonly HashSet<string> s_sources = new(StringComparer.OrdinalIgnoreCase)
    {
        "twinChangeEvents", "deviceLifecycleEvents", "moduleLifecycleEvents",
    };

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _room = new(MaxAhead);
    private readonly CancellationTokenSource _stop = new();
    private HashSet<string> _devices = [];
    private Dictionary<string, MirrorPosition> _positions = [];
    private DateTimeOffset? _oldest;
    private int _taken;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _reading;

    /// <summary>Gets what the reading failed of for good, or <see langword="null"/>.</summary>
    public Exception? Failure => _reading is { IsFaulted: true } failed ? failed.Exception.GetBaseException() : null;

    /// <summary>Gets when the oldest event that was read and not taken was enqueued; <see langword="null"/> if there is none.</summary>
    public DateTimeOffset? Oldest
    {
        get
        {
            lock (_gate)
            {
                return _oldest;
            }
        }
    }

    /// <summary>Gets the ends of the partitions now, as positions after which new events come.</summary>
    public async Task<Dictionary<string, MirrorPosition>> ReadEndsAsync(CancellationToken cancellationToken)
    {
        var properties = await events.GetPropertiesAsync(cancellationToken).ConfigureAwait(false);
        var ends = await Task.WhenAll(properties.PartitionIds.Select(id => events.GetPartitionPropertiesAsync(id, cancellationToken))).ConfigureAwait(false);
        return ends.ToDictionary(end => end.Id, end => new MirrorPosition(end.LastEnqueuedSequenceNumber, end.LastEnqueuedTime));
    }

    /// <summary>Starts to read behind positions.</summary>
    public void Start(IReadOnlyDictionary<string, MirrorPosition> positions)
    {
        var options = new EventReadOptions
        {
            ConsumerGroup = consumerGroup,
            PartitionIds = [.. positions.Keys],
            Starts = positions.ToDictionary(position => position.Key, position => EventPosition.FromSequenceNumber(position.Value.SequenceNumber)),
        };
        _reading = Task.Run(() => ReadAsync(options), CancellationToken.None);
    }

    /// <summary>Waits until there is something to take, or a time is over.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        Task arrived;
        lock (_gate)
        {
            if (_positions.Count > 0)
            {
                return;
            }

            arrived = _arrived.Task;
        }

        using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(arrived, _reading ?? Task.CompletedTask, Task.Delay(atMost, time, delay.Token)).ConfigureAwait(false);
        await delay.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes what was read: which devices changed, and how far the stream is then.</summary>
    public (HashSet<string> Devices, Dictionary<string, MirrorPosition> Positions) Take()
    {
        lock (_gate)
        {
            var taken = (_devices, _positions);
            (_devices, _positions, _oldest) = ([], [], null);
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_taken > 0)
            {
                _room.Release(_taken);
                _taken = 0;
            }

            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_reading is not null)
        {
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        _room.Dispose();
    }

    private async Task ReadAsync(EventReadOptions options)
    {
        await foreach (var batch in events.ReadBatchesAsync(options, _stop.Token).ConfigureAwait(false))
        {
            foreach (var item in batch)
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                Add(item);
            }
        }
    }

    private void Add(ReceivedEvent item)
    {
        var (deviceId, isChange) = DeviceOf(item);
        if (isChange && deviceId is null)
        {
            Log.Nameless(logger, item.PartitionId, item.SequenceNumber);
        }

        lock (_gate)
        {
            _taken++;
            if (isChange && deviceId is not null)
            {
                _devices.Add(deviceId);
                _oldest = _oldest is { } oldest && oldest < item.EnqueuedTime ? oldest : item.EnqueuedTime;
            }

            _positions[item.PartitionId] = new MirrorPosition(item.SequenceNumber, item.EnqueuedTime);
            _arrived.TrySetResult();
        }
    }

    private static (string? DeviceId, bool IsChange) DeviceOf(ReceivedEvent item)
    {
        try
        {
            return item.Source is { } source && s_sources.Contains(source) ? (item.DeviceId, true) : (null, false);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or Amqp.AmqpProtocolException)
        {
            return (null, true); // What cannot be read may have told of anything: the next comparison finds it.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The event {Partition}:{SequenceNumber} tells of a change but not whose; the next comparison of both registries finds it.")]
        public static partial void Nameless(ILogger logger, string partition, long sequenceNumber);
    }
}
