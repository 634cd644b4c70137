using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>
/// Brings batches of events of one partition into the target, each with the checkpoint behind it. What fails for a while is tried again until it
/// succeeds; what the target never takes is set aside.
/// </summary>
internal sealed class BatchWriter(ReplicationContext context, PartitionLease lease, ReplicationCounters counters)
{
    private readonly DocumentCache _cache = new(context.Options.CacheBytes);

    /// <summary>Writes a batch.</summary>
    /// <param name="received">The events in their order, one at least.</param>
    /// <param name="cancellationToken">Ends the work; the batch is written or not.</param>
    /// <exception cref="LeaseLostException">Another instance has the partition.</exception>
    public async Task WriteAsync(IReadOnlyList<ReceivedEvent> received, CancellationToken cancellationToken)
    {
        var changes = new List<TwinEvent>(received.Count);
        var poison = new List<PoisonEvent>();
        try
        {
            foreach (var each in received)
            {
                if (!TwinEventReader.IsWanted(each))
                {
                    continue;
                }

                if (TwinEventReader.TryRead(each, out var change, out var problem))
                {
                    changes.Add(change);
                }
                else
                {
                    ReplicationLog.SetAside(context.Logger, each.PartitionId, each.SequenceNumber, problem);
                    poison.Add(PoisonOf(each, problem));
                }
            }

            await WriteAsync(received, changes, poison, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            changes.ForEach(change => change.Dispose());
        }
    }

    private async Task WriteAsync(IReadOnlyList<ReceivedEvent> received, List<TwinEvent> changes, List<PoisonEvent> poison, CancellationToken cancellationToken)
    {
        var delay = new RetryDelay(context.Options);
        var refused = new HashSet<IdentityId>();
        var last = received[^1];
        while (true)
        {
            var folded = (FoldedBatch?)null;
            try
            {
                folded = await BatchFold.RunAsync(
                    refused.Count == 0 ? changes : [.. changes.Where(change => !refused.Contains(change.Key))],
                    context.Sink, context.Twins, _cache, context.Options.KeepHistory, cancellationToken).ConfigureAwait(false);
                if (await TryWriteAsync(folded, refused, poison, last, cancellationToken).ConfigureAwait(false))
                {
                    counters.Add(received.Count, folded.Applied, folded.Stale, folded.Reads, poison.Count, folded.Changed.Count);
                    counters.Delay.Record(context.Time.GetUtcNow() - last.EnqueuedTime);
                    return;
                }
            }
            catch (SinkRefusedException) when (folded is not null)
            {
                await FindRefusedAsync(folded, refused, poison, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RetryDelay.IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                ReplicationLog.Waiting(context.Logger, e.Message);
                await Task.Delay(delay.Next(), context.Time, cancellationToken).ConfigureAwait(false);
                if (await IsWrittenAsync(e, last, cancellationToken).ConfigureAwait(false))
                {
                    counters.Add(received.Count, folded?.Applied ?? 0, folded?.Stale ?? 0, folded?.Reads ?? 0, poison.Count, folded?.Changed.Count ?? 0);
                    return;
                }
            }
        }
    }

    private async Task<bool> TryWriteAsync(
        FoldedBatch folded, HashSet<IdentityId> refused, List<PoisonEvent> poison, ReceivedEvent last, CancellationToken cancellationToken)
    {
        var changed = folded.Changed.Where(slot => !refused.Contains(slot.Key)).ToList();
        var (record, control) = lease.Next(before => before with { Sequence = last.SequenceNumber, Offset = last.Offset, Enqueued = last.EnqueuedTime });
        var outcome = await context.Sink.WriteAsync(
            new SinkWrite { Documents = [.. changed.Select(WriteOf)], History = folded.History, Poison = poison, Control = control }, cancellationToken).ConfigureAwait(false);
        if (outcome.IsControlLost)
        {
            throw new LeaseLostException(lease.Partition);
        }

        // A target without transactions may have written some of them.
        Remember(changed, outcome);
        if (outcome.Conflicts.Count > 0)
        {
            foreach (var id in outcome.Conflicts)
            {
                _cache.Remove(id);
            }

            return false;
        }

        lease.Accept(record, outcome.ControlToken ?? throw new InvalidOperationException($"{context.Sink.Description} gave no token for the lease."));
        return true;
    }

    private void Remember(List<Slot> changed, SinkOutcome outcome)
    {
        foreach (var slot in changed)
        {
            if (outcome.Tokens.TryGetValue(slot.Key.ToString(), out var token))
            {
                _cache.Set(new StoredDocument(slot.Current!, token)); // What was changed is there.
            }
        }
    }

    // A write whose answer was lost took effect if the checkpoint did. What is remembered may be old then.
    private async Task<bool> IsWrittenAsync(Exception failure, ReceivedEvent last, CancellationToken cancellationToken)
    {
        if (failure is not SinkUnavailableException)
        {
            if (lease.IsRenewalDue)
            {
                await context.RetryAsync(async token =>
                {
                    await lease.RefreshAsync(token).ConfigureAwait(false);
                    await lease.WriteAsync(null, token).ConfigureAwait(false);
                    return true;
                }, cancellationToken).ConfigureAwait(false);
            }

            return false;
        }

        await context.RetryAsync(async token =>
        {
            await lease.RefreshAsync(token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        return lease.Record.Sequence >= last.SequenceNumber;
    }

    // One by one: those that the target does not take are set aside with their events; the others are written.
    private async Task FindRefusedAsync(FoldedBatch folded, HashSet<IdentityId> refused, List<PoisonEvent> poison, CancellationToken cancellationToken)
    {
        var before = refused.Count;
        foreach (var slot in folded.Changed.Where(slot => !refused.Contains(slot.Key)))
        {
            var history = folded.History.Where(entry => entry.Key == slot.Key).ToList();
            try
            {
                await context.RetryAsync(
                    token => context.Sink.WriteAsync(new SinkWrite { Documents = [WriteOf(slot)], History = history }, token), cancellationToken).ConfigureAwait(false);
            }
            catch (SinkRefusedException e)
            {
                ReplicationLog.Refused(context.Logger, slot.Key.ToString(), e.Message);
                refused.Add(slot.Key);
                poison.AddRange(slot.Applied.Select(change => PoisonOf(change.Source, e.Message)));
            }

            _cache.Remove(slot.Key.ToString());
        }

        if (refused.Count == before)
        {
            throw new InvalidOperationException($"{context.Sink.Description} takes each document of a batch, but not the batch.");
        }
    }

    private static DocumentWrite WriteOf(Slot slot) => new(slot.Current!, slot.Stored?.Token); // What was changed is there.

    private PoisonEvent PoisonOf(ReceivedEvent received, string reason) => new(
        $"{context.Options.Scope.TrimEnd('/')}", received.PartitionId, received.SequenceNumber, HubTimes.Cut(received.EnqueuedTime),
        received.DeviceId, received.ModuleId, received.Properties["opType"], reason, received.Body);
}
