using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Client;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;
using Nave.Storage;

namespace Nave.Fleet.Sync.Realtime;

/// <summary>
/// Puts the devices that a hub's lifecycle and twin-change events name into the queue. Where it is in each partition is written down after
/// the queue is durable, so after a kill events come again and none is left out. The first start begins with the present: what was before
/// is a run's.
/// </summary>
internal sealed partial class HubEventReader
{
    /// <summary>The collection of checkpoints; the key is <c>sync/partition</c>.</summary>
    public const string Collection = "sync-checkpoints";

    // A checkpoint behind which nothing was for us is written at most so often.
    private static readonly TimeSpan s_idleCheckpoint = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(60);

    private readonly Func<EventsClient> _connect;
    private readonly string _consumerGroup;
    private readonly string _sync;
    private readonly WorkQueue _queue;
    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<HubEventReader> _logger;
    private readonly Dictionary<string, long> _written = [];
    private long _lastMs;
    private volatile string? _problem;
    private volatile bool _reading;

    /// <summary>Initializes the reader.</summary>
    /// <param name="connect">Makes a client of the event stream; the reader disposes of it.</param>
    /// <param name="consumerGroup">The consumer group.</param>
    /// <param name="sync">The name of the sync.</param>
    /// <param name="queue">Where work goes.</param>
    /// <param name="store">Where checkpoints are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public HubEventReader(
        Func<EventsClient> connect, string consumerGroup, string sync, WorkQueue queue, IStateStore store, TimeProvider time, ILogger<HubEventReader> logger)
    {
        _connect = connect;
        _consumerGroup = consumerGroup;
        _sync = sync;
        _queue = queue;
        _store = store;
        _time = time;
        _logger = logger;
    }

    /// <summary>Gets when the hub took the last event that was read; <see langword="null"/> before the first.</summary>
    public DateTimeOffset? LastEvent => Interlocked.Read(ref _lastMs) is > 0 and var ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>Gets what keeps it from reading; <see langword="null"/> while it reads.</summary>
    public string? Problem => _problem;

    /// <summary>Gets a value indicating whether it reads: from now on nothing is left out.</summary>
    public bool IsReading => _reading;

    /// <summary>Reads until it is stopped; what goes wrong is tried again, later each time.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var pause = s_firstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var client = _connect();
                await ReadAsync(client, () => pause = s_firstPause, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever ends the reading must not end it for good: the checkpoints say where to go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _problem = e.Message;
                _reading = false;
                Log.Stopped(_logger, pause, e);
            }

            try
            {
                await Task.Delay(pause, _time, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause + pause < s_longestPause ? pause + pause : s_longestPause;
        }
    }

    private async Task ReadAsync(EventsClient client, Action works, CancellationToken cancellationToken)
    {
        var properties = await client.GetPropertiesAsync(cancellationToken).ConfigureAwait(false);
        var stream = string.Create(CultureInfo.InvariantCulture, $"{properties.Name} {properties.CreatedTime.UtcTicks}");
        var starts = new Dictionary<string, EventPosition>();
        foreach (var partition in properties.PartitionIds)
        {
            starts[partition] = await StartOfAsync(client, partition, stream, cancellationToken).ConfigureAwait(false);
        }

        Log.Reading(_logger, starts.Count, properties.Name);
        _problem = null;
        _reading = true;
        works();
        var options = new EventReadOptions { ConsumerGroup = _consumerGroup, Starts = starts, Start = EventPosition.Earliest };
        await foreach (var batch in client.ReadBatchesAsync(options, cancellationToken).ConfigureAwait(false))
        {
            var requests = new List<WorkRequest>();
            foreach (var received in batch)
            {
                if (HubEvents.RequestOf(received) is { } request)
                {
                    requests.Add(request);
                }
            }

            await EnqueueAsync(requests, cancellationToken).ConfigureAwait(false);
            SyncTelemetry.Received(HubEvents.Source, "queued", requests.Count);
            SyncTelemetry.Received(HubEvents.Source, "ignored", batch.Count - requests.Count);
            await CheckpointAsync(batch[^1], stream, requests.Count > 0, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<EventPosition> StartOfAsync(EventsClient client, string partition, string stream, CancellationToken cancellationToken)
    {
        var key = $"{_sync}/{partition}";
        if (await _store.ReadAsync(Collection, key, cancellationToken).ConfigureAwait(false) is { } document)
        {
            var checkpoint = WorkJson.Read(document.Body, HubEventJson.Default.HubEventCheckpoint);
            return checkpoint.Stream != stream ? EventPosition.FromTime(checkpoint.Time)
                : checkpoint.Offset is { } offset ? EventPosition.FromOffset(offset)
                : EventPosition.Earliest;
        }

        // Written down at once: what comes from now on is not lost to a kill before the first event.
        var end = await client.GetPartitionPropertiesAsync(partition, cancellationToken).ConfigureAwait(false);
        var first = new HubEventCheckpoint { Stream = stream, Offset = end.IsEmpty ? null : end.LastEnqueuedOffset, Time = _time.GetUtcNow() };
        await PutAsync(key, first, cancellationToken).ConfigureAwait(false);
        return first.Offset is { } last ? EventPosition.FromOffset(last) : EventPosition.Earliest;
    }

    // A queue that is full makes the reader wait: the events are kept where they are.
    private async Task EnqueueAsync(List<WorkRequest> requests, CancellationToken cancellationToken)
    {
        while (await _queue.EnqueueAsync(requests, cancellationToken).ConfigureAwait(false) > 0)
        {
            _problem = "The queue is full.";
            Log.Full(_logger, _queue.Count);
            await Task.Delay(s_firstPause, _time, cancellationToken).ConfigureAwait(false);
        }

        _problem = null;
    }

    private async Task CheckpointAsync(ReceivedEvent last, string stream, bool hadWork, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _lastMs, last.EnqueuedTime.ToUnixTimeMilliseconds());
        if (!hadWork && _written.TryGetValue(last.PartitionId, out var when) && _time.GetElapsedTime(when) < s_idleCheckpoint)
        {
            return;
        }

        _written[last.PartitionId] = _time.GetTimestamp();
        var checkpoint = new HubEventCheckpoint { Stream = stream, Offset = last.Offset, Time = last.EnqueuedTime };
        await PutAsync($"{_sync}/{last.PartitionId}", checkpoint, cancellationToken).ConfigureAwait(false);
    }

    private async Task PutAsync(string key, HubEventCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(checkpoint, HubEventJson.Default.HubEventCheckpoint);
        await _store.CommitAsync(new StateTransaction().Put(Collection, key, body), cancellationToken).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Reading the events of {Count} partitions of '{Stream}'.")]
        public static partial void Reading(ILogger logger, int count, string stream);

        [LoggerMessage(2, LogLevel.Warning, "The hub's events cannot be read; again in {Pause}.")]
        public static partial void Stopped(ILogger logger, TimeSpan pause, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "The queue is full with {Count} devices; the hub's events wait.")]
        public static partial void Full(ILogger logger, long count);
    }
}
