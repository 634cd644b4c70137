using System.Globalization;
using Microsoft.Extensions.Logging;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>
/// Moves the events that state changes left in the outbox to the log, in order and once in effect: the log knows the highest
/// outbox sequence it holds and skips repeats, so a crash between append and removal does no harm.
/// </summary>
internal sealed partial class EventRelay : IAsyncDisposable
{
    // A commit of this many costs hardly more than one of ten, and holds a few hundred KiB.
    private const int BatchSize = 1024;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    private readonly IStateStore _store;
    private readonly IEventLog _log;
    private readonly TimeProvider _time;
    private readonly ILogger<EventRelay> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private long _relayed;

    /// <summary>Initializes a new instance of the <see cref="EventRelay"/> class and starts it.</summary>
    /// <param name="store">Whose outbox.</param>
    /// <param name="log">Where events go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of pauses.</param>
    public EventRelay(IStateStore store, IEventLog log, TimeProvider time, ILogger<EventRelay> logger)
    {
        _store = store;
        _log = log;
        _time = time;
        _logger = logger;
        _relayed = log.LastOutboxSequence;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Gets the outbox sequence up to which events are in the log.</summary>
    public long Relayed => Volatile.Read(ref _relayed);

    /// <summary>Stops; what is not moved yet waits for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = s_firstPause;
        var cancellationToken = _stop.Token;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await MoveAsync(cancellationToken).ConfigureAwait(false);
                pause = s_firstPause;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException)
            {
                Log.Paused(_logger, pause, e);
                try
                {
                    await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }
    }

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        // 1. Entries that were appended before a crash and not removed.
        if (_relayed > 0)
        {
            await _store.RemoveOutboxAsync(_relayed, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            // 2. What is new.
            await _store.WaitForOutboxAsync(_relayed, cancellationToken).ConfigureAwait(false);
            var entries = await _store.ReadOutboxAsync(_relayed, BatchSize, cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0)
            {
                continue;
            }

            var records = new OutboxRecord[entries.Count];
            for (var i = 0; i < records.Length; i++)
            {
                records[i] = new OutboxRecord(entries[i].Sequence, PartitionOf(entries[i]), entries[i].Body);
            }

            // 3. First durable there, then gone here.
            await _log.AppendOutboxAsync(records, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _relayed, entries[^1].Sequence);
            await _store.RemoveOutboxAsync(_relayed, cancellationToken).ConfigureAwait(false);
        }
    }

    private int PartitionOf(OutboxEntry entry) =>
        int.TryParse(entry.Topic, NumberStyles.None, CultureInfo.InvariantCulture, out var partition) && partition < _log.PartitionCount
            ? partition
            : throw new InvalidDataException($"Outbox entry {entry.Sequence} names the partition '{entry.Topic}'; 0 to {_log.PartitionCount - 1} is permitted.");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Events of twins and identities wait in the outbox; the next attempt is in {Pause}.")]
        public static partial void Paused(ILogger logger, TimeSpan pause, Exception exception);
    }
}
