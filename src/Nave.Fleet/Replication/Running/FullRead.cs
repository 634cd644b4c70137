using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Verification;

namespace Nave.Fleet.Replication.Running;

/// <summary>
/// Reads all twins of the hub into the target, where there are no events to begin from: at the first start, after a gap that retention has made, and
/// for a stream that was made anew. Positions in the stream are taken before the read, so what changes during it is replayed after.
/// </summary>
internal sealed class FullRead(ReplicationContext context)
{
    private readonly HubScan _scan = new(context.Hub);
    private readonly Reconciler _reconciler = new(context.Sink, context.Twins, context.Options.KeepHistory);
    private long _documents;
    private long _written;

    /// <summary>Finds out whether events alone do not lead to where the hub is.</summary>
    /// <returns>Why not; <see langword="null"/> if they do.</returns>
    public static string? ReasonFor(IReadOnlyList<PartitionProperties> partitions, IReadOnlyDictionary<string, PartitionRecord> checkpoints, BootstrapRecord? last)
    {
        if (last?.Finished is null)
        {
            return "the target holds no complete read of the hub";
        }

        foreach (var partition in partitions)
        {
            if (!checkpoints.TryGetValue(partition.Id, out var checkpoint))
            {
                return $"partition {partition.Id} has no checkpoint";
            }

            if (Problem(partition, checkpoint) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>Reads everything, and sets the checkpoints of partitions that have none that is good.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="renew">Called between pages: keeps the right to do this.</param>
    /// <param name="cancellationToken">Ends the read; the next one begins anew.</param>
    /// <returns>How many twins there were.</returns>
    public async Task<long> RunAsync(string reason, Func<CancellationToken, Task> renew, CancellationToken cancellationToken)
    {
        ReplicationLog.Bootstrapping(context.Logger, reason);
        var started = HubTimes.Cut(context.Time.GetUtcNow());

        // 1. Where the stream is, before anything is read.
        var positions = await ReadPositionsAsync(cancellationToken).ConfigureAwait(false);

        // 2. What the hub has.
        await foreach (var page in _scan.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await context.RetryAsync(token => WriteAsync(page, started, token), cancellationToken).ConfigureAwait(false);
            await renew(cancellationToken).ConfigureAwait(false);
        }

        // 3. What it has no more.
        await foreach (var page in context.Sink.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var gone = await _scan.FindMissingAsync([.. page.Select(stored => stored.Document.Key)], cancellationToken).ConfigureAwait(false);
            _written += (await _reconciler.RunAsync(gone, started, force: false, cancellationToken).ConfigureAwait(false)).Count;
            await renew(cancellationToken).ConfigureAwait(false);
        }

        // 4. Where to go on from.
        foreach (var position in positions)
        {
            await context.RetryAsync(token => SetCheckpointAsync(position, token), cancellationToken).ConfigureAwait(false);
        }

        ReplicationLog.Bootstrapped(context.Logger, _documents, _written);
        return _documents;
    }

    private static string? Problem(PartitionProperties partition, PartitionRecord checkpoint) =>
        checkpoint.Sequence > partition.LastEnqueuedSequenceNumber
            ? $"partition {partition.Id} ends at {partition.LastEnqueuedSequenceNumber}, before its checkpoint {checkpoint.Sequence}: the stream was made anew"
            : checkpoint.Sequence < partition.LastEnqueuedSequenceNumber && (partition.IsEmpty || partition.BeginSequenceNumber > checkpoint.Sequence + 1)
                ? $"partition {partition.Id} no longer has the events behind its checkpoint {checkpoint.Sequence}"
                : null;

    private async Task<List<PartitionProperties>> ReadPositionsAsync(CancellationToken cancellationToken)
    {
        var stream = await context.Events.GetPropertiesAsync(cancellationToken).ConfigureAwait(false);
        var positions = new List<PartitionProperties>();
        foreach (var id in stream.PartitionIds)
        {
            positions.Add(await context.Events.GetPartitionPropertiesAsync(id, cancellationToken).ConfigureAwait(false));
        }

        return positions;
    }

    private async Task<bool> WriteAsync(IReadOnlyList<(IdentityId Key, RawJson Twin)> page, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var stored = (await context.Sink.LoadAsync([.. page.Select(row => row.Key)], cancellationToken).ConfigureAwait(false)).ToDictionary(each => each.Document.Key);
        var fresh = new List<DocumentWrite>();
        var doubtful = new List<IdentityId>();
        var cause = new ReadCause(ReadFold.ReadOperation, started, GenerationId: null);
        foreach (var (key, twin) in page)
        {
            using var document = twin.ToDocument();
            var before = stored.GetValueOrDefault(key)?.Document;
            var after = ReadFold.Found(key, before, document.RootElement, generationId: null, cause);
            if (before is null)
            {
                fresh.Add(new DocumentWrite(after!, null)); // Where there was none, there is one now.
            }
            else if (after is not null)
            {
                // The page may be older than the document; a read of its own is not.
                doubtful.Add(key);
            }
        }

        var history = new List<HistoryEntry>();
        if (context.Options.KeepHistory)
        {
            fresh.ForEach(write => HistoryDiff.Add(null, write.Document, history));
        }

        var outcome = fresh.Count == 0 ? new SinkOutcome() : await context.Sink.WriteAsync(new SinkWrite { Documents = fresh, History = history }, cancellationToken).ConfigureAwait(false);
        if (!outcome.IsWritten)
        {
            doubtful.AddRange(fresh.Select(write => write.Document.Key));
        }

        _written += outcome.IsWritten ? fresh.Count : 0;
        _written += (await _reconciler.RunAsync(doubtful, started, force: false, cancellationToken).ConfigureAwait(false)).Count;
        _documents += page.Count;
        return true;
    }

    private async Task<bool> SetCheckpointAsync(PartitionProperties position, CancellationToken cancellationToken)
    {
        var key = context.KeyOf("partition", position.Id);
        while (true)
        {
            var found = (await context.Sink.ReadControlAsync(key, cancellationToken).ConfigureAwait(false)).FirstOrDefault(record => record.Key == key);
            var before = found is null ? null : RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord);
            if (before is not null && Problem(position, before) is null && before.Sequence >= 0)
            {
                return true;
            }

            // Whoever had it had a checkpoint that is worth nothing; the next owner level cuts it off.
            var record = (before ?? new PartitionRecord()) with
            {
                Owner = null,
                Sequence = position.LastEnqueuedSequenceNumber,
                Offset = position.IsEmpty ? null : position.LastEnqueuedOffset,
                Enqueued = position.IsEmpty ? null : position.LastEnqueuedTime,
                Written = context.Time.GetUtcNow(),
            };
            var write = new ControlWrite(key, RecordJson.Write(record, RecordJson.Default.PartitionRecord), found?.Token);
            if ((await context.Sink.WriteAsync(new SinkWrite { Control = write }, cancellationToken).ConfigureAwait(false)).IsWritten)
            {
                return true;
            }
        }
    }
}
