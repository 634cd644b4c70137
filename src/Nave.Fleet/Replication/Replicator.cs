using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nave.Client;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication;

/// <summary>
/// One instance of replication: keeps the twins of a hub in a target, together with other instances of the same consumer group that share its
/// partitions. A hub is Nave's or Azure's.
/// </summary>
public sealed class Replicator
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_lagInterval = TimeSpan.FromSeconds(2);

    private readonly ReplicationContext _context;
    private readonly ReplicationCounters _counters = new();
    private readonly ConcurrentDictionary<string, PartitionWorker> _workers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _ends = new(StringComparer.Ordinal);
    private readonly Membership _membership;
    private long? _bootstrapped;
    private long _started;

    /// <summary>Initializes an instance.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="events">The hub's event stream.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="sink">The target; opened by <see cref="RunAsync"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Replicator(ReplicationOptions options, EventsClient events, ServiceClient hub, IReplicaSink sink, TimeProvider time, ILogger logger)
        : this(options, events, hub, new HubTwinReader(hub), sink, time, logger)
    {
    }

    internal Replicator(ReplicationOptions options, EventsClient events, ServiceClient hub, ITwinReader twins, IReplicaSink sink, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _context = new ReplicationContext { Options = options, Events = events, Hub = hub, Twins = twins, Sink = sink, Time = time, Logger = logger };
        _membership = new Membership(_context);
    }

    /// <summary>Gets what was done so far. Any thread may ask.</summary>
    public ReplicationSummary Summary
    {
        get
        {
            var (events, seconds) = Lag();
            return new ReplicationSummary
            {
                Events = _counters.Events,
                Applied = _counters.Applied,
                Stale = _counters.Stale,
                Reads = _counters.Reads,
                Poison = _counters.Poison,
                Documents = _counters.Documents,
                Batches = _counters.Batches,
                Bootstrapped = _bootstrapped,
                Partitions = _workers.Count,
                LagEvents = events,
                LagSeconds = Math.Round(seconds, 3),
                DelayP50Ms = _counters.Delay.Percentile(0.5),
                DelayP99Ms = _counters.Delay.Percentile(0.99),
                Seconds = Math.Round(_context.Time.GetElapsedTime(_started).TotalSeconds, 3),
            };
        }
    }

    /// <summary>Replicates until it is stopped.</summary>
    /// <param name="untilCaughtUp">Whether to end when everything that was in the stream when reading began is in the target.</param>
    /// <param name="cancellationToken">Stops: what is under way is finished, and leases are given back.</param>
    /// <exception cref="AmqpPeerException">The stream refuses.</exception>
    /// <exception cref="HubException">The hub refuses.</exception>
    /// <exception cref="InvalidOperationException">The target refuses, for good.</exception>
    public async Task<ReplicationSummary> RunAsync(bool untilCaughtUp, CancellationToken cancellationToken)
    {
        _started = _context.Time.GetTimestamp();
        using var metrics = new ReplicationMetrics(_counters, Lag);
        await _context.RetryAsync(async token =>
        {
            await _context.Sink.OpenAsync(token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        var stream = await _context.Events.GetPropertiesAsync(cancellationToken).ConfigureAwait(false);
        var isStopped = false;
        try
        {
            await RenewAsync(cancellationToken).ConfigureAwait(false);
            _bootstrapped = await new Bootstrap(_context).EnsureAsync(stream.PartitionIds, cancellationToken).ConfigureAwait(false);
            await LookAheadAsync(stream.PartitionIds, cancellationToken).ConfigureAwait(false);
            var goals = untilCaughtUp ? new Dictionary<string, long>(_ends) : null;
            await ShareAsync(stream.PartitionIds, goals, cancellationToken).ConfigureAwait(false);
            isStopped = true;
            return await StopAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !untilCaughtUp)
        {
            // Following has no other end.
            isStopped = true;
            return await StopAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!isStopped)
            {
                await StopAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task ShareAsync(IReadOnlyList<string> partitions, Dictionary<string, long>? goals, CancellationToken cancellationToken)
    {
        var renewed = _context.Time.GetTimestamp();
        var looked = renewed;
        while (true)
        {
            // 1. What ended by itself: a lost lease is nothing, what is worth another try gets one, anything else ends all.
            await ReapAsync().ConfigureAwait(false);

            // 2. This instance lives, and the stream goes on.
            if (_context.Time.GetElapsedTime(renewed) >= _context.Options.LeaseDuration / 3)
            {
                await RenewAsync(cancellationToken).ConfigureAwait(false);
                renewed = _context.Time.GetTimestamp();
            }

            if (_context.Time.GetElapsedTime(looked) >= s_lagInterval)
            {
                await LookAheadAsync(partitions, cancellationToken).ConfigureAwait(false);
                looked = _context.Time.GetTimestamp();
            }

            // 3. Its share of the partitions.
            var records = await _context.RetryAsync(token => _context.Sink.ReadControlAsync(_context.Options.Scope, token), cancellationToken).ConfigureAwait(false);
            await BalanceAsync(partitions, records, cancellationToken).ConfigureAwait(false);

            // 4. The end, if there is one.
            if (goals is not null && IsCaughtUp(goals, records))
            {
                return;
            }

            var wait = goals is null ? _context.Options.LeaseDuration / 5 : TimeSpan.FromMilliseconds(100);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(wait.TotalMilliseconds, 20)), _context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task BalanceAsync(IReadOnlyList<string> partitions, IReadOnlyList<ControlRecord> records, CancellationToken cancellationToken)
    {
        var share = _membership.ShareOf(records, partitions.Count);
        foreach (var surplus in _workers.Values.OrderBy(worker => worker.Partition, StringComparer.Ordinal).Skip(share).ToList())
        {
            await surplus.StopAsync(s_stopTimeout).ConfigureAwait(false);
            await RemoveAsync(surplus).ConfigureAwait(false);
        }

        var now = _context.Time.GetUtcNow();
        foreach (var partition in partitions)
        {
            if (_workers.Count >= share)
            {
                return;
            }

            var key = _context.KeyOf("partition", partition);
            var found = records.FirstOrDefault(record => record.Key == key);
            var isFree = found is null || RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord).IsFree(_context.Options.Instance, now);
            if (!isFree || _workers.ContainsKey(partition))
            {
                continue;
            }

            var lease = await _context.RetryAsync(token => PartitionLease.TryTakeAsync(_context, partition, found, token), cancellationToken).ConfigureAwait(false);
            if (lease is not null)
            {
                _workers[partition] = new PartitionWorker(_context, lease, _counters);
            }
        }
    }

    private async Task ReapAsync()
    {
        foreach (var worker in _workers.Values.Where(worker => worker.Completion.IsCompleted).ToList())
        {
            await RemoveAsync(worker).ConfigureAwait(false);
            try
            {
                await worker.Completion.ConfigureAwait(false);
            }
            catch (LeaseLostException)
            {
                // The other one has it now.
            }
            catch (AmqpPeerException e) when (e.IsTransient || e.Error == AmqpPeerError.Disconnected)
            {
                // Taken by a reader with a higher owner level, or out of reach: tried again with the next share.
            }
        }
    }

    private async Task RemoveAsync(PartitionWorker worker)
    {
        _workers.TryRemove(worker.Partition, out _);
        await worker.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RenewAsync(CancellationToken cancellationToken) => await _context.RetryAsync(async token =>
    {
        await _membership.RenewAsync(token).ConfigureAwait(false);
        return true;
    }, cancellationToken).ConfigureAwait(false);

    private async Task LookAheadAsync(IReadOnlyList<string> partitions, CancellationToken cancellationToken)
    {
        foreach (var id in partitions)
        {
            var partition = await _context.RetryAsync(token => _context.Events.GetPartitionPropertiesAsync(id, token), cancellationToken).ConfigureAwait(false);
            _ends[id] = partition.LastEnqueuedSequenceNumber;
        }
    }

    private bool IsCaughtUp(Dictionary<string, long> goals, IReadOnlyList<ControlRecord> records)
    {
        foreach (var (partition, end) in goals)
        {
            var key = _context.KeyOf("partition", partition);
            var found = records.FirstOrDefault(record => record.Key == key);
            if (end >= 0 && (found is null || RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord).Sequence < end))
            {
                return false;
            }
        }

        return true;
    }

    private (long Events, double Seconds) Lag()
    {
        var (events, seconds) = (0L, 0.0);
        foreach (var (partition, worker) in _workers)
        {
            var waiting = _ends.GetValueOrDefault(partition, -1) - worker.Progress.Sequence;
            if (waiting > 0)
            {
                events += waiting;
                seconds = Math.Max(seconds, worker.Progress.Enqueued is { } enqueued ? (_context.Time.GetUtcNow() - enqueued).TotalSeconds : 0);
            }
        }

        return (events, seconds);
    }

    private async Task<ReplicationSummary> StopAsync()
    {
        var summary = Summary;
        await Task.WhenAll(_workers.Values.Select(worker => worker.StopAsync(s_stopTimeout))).ConfigureAwait(false);
        foreach (var worker in _workers.Values.ToList())
        {
            await RemoveAsync(worker).ConfigureAwait(false);
        }

        try
        {
            using var timeout = new CancellationTokenSource(s_stopTimeout, _context.Time);
            await _membership.LeaveAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (RetryDelay.IsTransient(e) || e is OperationCanceledException)
        {
            // It is forgotten when its time is over.
            ReplicationLog.Waiting(_context.Logger, e.Message);
        }

        return summary;
    }
}
