using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Verification;

/// <summary>Makes single documents what the hub says they are, beside whatever else writes them: loaded first, read then, written if unchanged since.</summary>
internal sealed class Reconciler(IReplicaSink sink, ITwinReader twins, bool keepHistory)
{
    private const int MaxReads = 16;

    // Each attempt fails only when a document was written between its load and its write.
    private const int MaxAttempts = 10;

    /// <summary>Reconciles.</summary>
    /// <param name="keys">Which.</param>
    /// <param name="started">When the comparison began, by this machine's clock.</param>
    /// <param name="force">Whether an earlier version of the same life replaces a later one.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The documents that were written.</returns>
    public async Task<IReadOnlyList<ReplicaDocument>> RunAsync(
        IReadOnlyCollection<IdentityId> keys, DateTimeOffset started, bool force, CancellationToken cancellationToken)
    {
        var written = new List<ReplicaDocument>();
        var open = keys.ToHashSet();
        for (var attempt = 0; open.Count > 0; attempt++)
        {
            if (attempt == MaxAttempts)
            {
                throw new SinkUnavailableException($"{open.Count} documents are written by others as fast as they are compared.");
            }

            var changes = await ReadAsync([.. open], started, force, cancellationToken).ConfigureAwait(false);
            var history = new List<HistoryEntry>();
            if (keepHistory)
            {
                changes.ForEach(change => HistoryDiff.Add(change.Before?.Document, change.After, history));
            }

            var writes = changes.ConvertAll(change => new DocumentWrite(change.After, change.Before?.Token));
            var outcome = writes.Count == 0 ? new SinkOutcome()
                : await sink.WriteAsync(new SinkWrite { Documents = writes, History = history }, cancellationToken).ConfigureAwait(false);
            written.AddRange(writes.Select(write => write.Document).Where(document => outcome.IsWritten || outcome.Tokens.ContainsKey(document.Id)));
            if (outcome.IsWritten)
            {
                return written;
            }

            open = [.. writes.Select(write => write.Document).Where(document => !outcome.Tokens.ContainsKey(document.Id)).Select(document => document.Key)];
        }

        return written;
    }

    private async Task<List<(StoredDocument? Before, ReplicaDocument After)>> ReadAsync(
        IReadOnlyList<IdentityId> keys, DateTimeOffset started, bool force, CancellationToken cancellationToken)
    {
        var stored = (await sink.LoadAsync(keys, cancellationToken).ConfigureAwait(false)).ToDictionary(each => each.Document.Key);
        var reads = new TwinRead[keys.Count];
        await Parallel.ForAsync(0, keys.Count, new ParallelOptions { MaxDegreeOfParallelism = MaxReads, CancellationToken = cancellationToken }, async (i, token) =>
            reads[i] = await twins.ReadAsync(keys[i], stored.GetValueOrDefault(keys[i])?.Document.GenerationId is not null, token).ConfigureAwait(false)).ConfigureAwait(false);
        var cause = new ReadCause(ReadFold.ReadOperation, started, GenerationId: null);
        var changes = new List<(StoredDocument?, ReplicaDocument)>();
        for (var i = 0; i < reads.Length; i++)
        {
            var before = stored.GetValueOrDefault(keys[i]);
            var isNowhere = !reads[i].IsFound && before is null or { Document.IsDeleted: true };
            if (!isNowhere && ReadFold.Apply(keys[i], before?.Document, reads[i], cause, force) is { } after)
            {
                changes.Add((before, after));
            }
        }

        return changes;
    }
}
