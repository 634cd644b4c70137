using System.Collections.Concurrent;
using System.Globalization;
using Nave.Api;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Applying;

/// <summary>
/// Makes the changes of a plan: the external part of a change before its part on the hub, and what is noted of a device after both. A
/// process that is killed anywhere leaves nothing that the next plan does not find.
/// </summary>
internal sealed class ChangeApplier
{
    // Of bulk calls: the hub works on one while the next is made.
    private const int ParallelBatches = 2;

    private const int ParallelLooks = 8;

    // Their keys are in memory together.
    private const int ConfirmBatch = 10_000;

    private readonly ApplyContext _context;
    private readonly HubWriter _hub;
    private readonly ExternalWriter _external;
    private readonly ApplyTally _tally;
    private readonly string _runId;

    // What a query did not have yet: on Azure queries run behind, which is no reason to end a run.
    private readonly ConcurrentDictionary<string, bool> _stillOnHub = new(StringComparer.Ordinal);
    private readonly Func<Func<SyncRun, SyncRun>, Task> _record;

    /// <summary>Initializes the applier.</summary>
    /// <param name="context">What it works with.</param>
    /// <param name="runId">The run.</param>
    /// <param name="tally">Counts.</param>
    /// <param name="record">Changes the record of the run, durably.</param>
    public ChangeApplier(ApplyContext context, string runId, ApplyTally tally, Func<Func<SyncRun, SyncRun>, Task> record)
    {
        _context = context;
        _runId = runId;
        _tally = tally;
        _record = record;
        _hub = new HubWriter(context.Service, context.Configuration.Name, context.Time);
        _external = new ExternalWriter(context.Provider, context.Store, context.Configuration.Name, context.Time);
    }

    /// <summary>Makes the changes.</summary>
    /// <exception cref="SyncStoppedException">The plan was made on a listing that was short, or a registry is gone.</exception>
    /// <exception cref="ProviderException">A look at the external registry failed.</exception>
    /// <exception cref="Nave.Client.HubException">The hub refused a whole call.</exception>
    public async Task ApplyAsync(SyncPlan plan, CancellationToken cancellationToken)
    {
        // 1. What is to be deleted on one side must be gone on the other, whatever its listing said.
        if (_context.Configuration.Guards.ConfirmDeletes && plan.Counts.Delete > 0)
        {
            await ConfirmDeletesAsync(plan, cancellationToken).ConfigureAwait(false);
        }

        // 2. Many creations and deletions on the hub are one job of its own, where it has jobs.
        var inJob = await ApplyAsJobAsync(plan, cancellationToken).ConfigureAwait(false);

        // 3. The rest goes in batches.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelBatches, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            plan.All().Where(change => !(inJob && ImportJob.Takes(change))).Chunk(HubWriter.BatchSize),
            parallel,
            async (batch, token) => await ApplyBatchAsync(batch, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<bool> ApplyAsJobAsync(SyncPlan plan, CancellationToken cancellationToken)
    {
        if (_context.Configuration.Hub.JobContainer is not { } container
            || plan.Counts.Create + plan.Counts.Delete < Math.Max(_context.Configuration.JobThreshold, 1))
        {
            return false;
        }

        // Of two masters, some of those are in the external registry.
        if (plan.All().LongCount(ImportJob.Takes) < Math.Max(_context.Configuration.JobThreshold, 1))
        {
            return false;
        }

        var job = new ImportJob(_context, container, _runId, _record);
        if (await job.RunAsync(plan.All().Where(ImportJob.Takes), cancellationToken).ConfigureAwait(false) is not { } errors)
        {
            return false;
        }

        foreach (var batch in plan.All().Where(ImportJob.Takes).Chunk(HubWriter.BatchSize))
        {
            var results = new ChangeResult[batch.Length];
            for (var i = 0; i < batch.Length; i++)
            {
                if (errors.TryGetValue(batch[i].DeviceId, out var error))
                {
                    results[i] = await _hub.ResultOfAsync(batch[i], error.Code, error.Sentence, repeated: false, cancellationToken).ConfigureAwait(false);
                }
            }

            await NoteAsync(batch, results, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task ApplyBatchAsync(PlannedChange[] batch, CancellationToken cancellationToken)
    {
        var results = new ChangeResult[batch.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(_context.Provider.Traits.Parallelism, 1), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, batch.Length).Where(i => batch[i].External is not null),
            parallel,
            async (i, token) => results[i] = _stillOnHub.ContainsKey(batch[i].DeviceId)
                ? new ChangeResult("The hub has it after all, which its listing did not: it stays.", IsTransient: true)
                : await _external.ApplyAsync(batch[i], token).ConfigureAwait(false)).ConfigureAwait(false);
        var onHub = Enumerable.Range(0, batch.Length).Where(i => results[i].IsDone && batch[i].Hub is not null).ToArray();
        var answers = await _hub.BulkAsync([.. onHub.Select(i => batch[i])], cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < onHub.Length; i++)
        {
            results[onHub[i]] = answers[i];
        }

        await NoteAsync(batch, results, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes and counts what became of changes.</summary>
    private async Task NoteAsync(PlannedChange[] batch, ChangeResult[] results, CancellationToken cancellationToken)
    {
        var name = _context.Configuration.Name;
        var now = _context.Time.GetUtcNow();
        var noted = Enumerable.Range(0, batch.Length)
            .Where(i => results[i].IsDone && (batch[i].Forget || batch[i].After is not null))
            .Select(i => KeyValuePair.Create(batch[i].DeviceId, batch[i].Forget ? null : batch[i].After! with { Time = now })); // One of the two.
        await _context.Store.PutDevicesAsync(name, noted, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < batch.Length; i++)
        {
            if (batch[i].Quarantine)
            {
                var known = await _context.Store.GetQuarantinedAsync(name, batch[i].DeviceId, cancellationToken).ConfigureAwait(false);
                await _context.Store.PutQuarantinedAsync(
                    name,
                    new QuarantinedDevice { DeviceId = batch[i].DeviceId, Since = known?.Since ?? now, Reasons = batch[i].Reasons },
                    cancellationToken).ConfigureAwait(false);
            }
            else if (batch[i].Release && results[i].IsDone)
            {
                await _context.Store.RemoveQuarantinedAsync(name, batch[i].DeviceId, cancellationToken).ConfigureAwait(false);
            }

            _tally.Add(batch[i], results[i]);
        }
    }

    private async Task ConfirmDeletesAsync(SyncPlan plan, CancellationToken cancellationToken)
    {
        foreach (var batch in plan.Changes().Where(change => change is { Action: PlanAction.Delete, Hub.ConfirmKey: not null }).Chunk(ConfirmBatch))
        {
            var ids = batch.ToLookup(change => change.Hub!.ConfirmKey!, change => change.DeviceId, StringComparer.Ordinal); // As above.
            await foreach (var there in _context.Provider.FindManyAsync([.. ids.Select(group => group.Key)], cancellationToken).ConfigureAwait(false))
            {
                if (ids[there.Key].Contains(_context.Provider.ToHub(there).DeviceId, StringComparer.Ordinal))
                {
                    throw Short(_context.Provider.ToHub(there).DeviceId, plan);
                }
            }
        }

        var hub = new ParallelOptions { MaxDegreeOfParallelism = ParallelLooks, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            plan.Changes().Where(change => change is { Action: PlanAction.Delete, External: not null }),
            hub,
            async (change, token) =>
            {
                if (await _context.Service.GetDeviceAsync(new IdentityId(change.DeviceId), token).ConfigureAwait(false) is not null)
                {
                    _stillOnHub[change.DeviceId] = true;
                }
            }).ConfigureAwait(false);
    }

    private static SyncStoppedException Short(string deviceId, SyncPlan plan) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The external registry has '{deviceId}' after all, which its listing did not: nothing is changed, {plan.Counts.Delete} devices would have been deleted for such a listing."));
}
