using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Brings a hub that was lost and the mirror that took its place together: what one of them alone has changed since they were equal goes to the
/// other, what both have changed is reported and stays. Nothing is overwritten in silence; without <see cref="MergeOptions.Apply"/> nothing is written at all.
/// </summary>
public sealed class HubMerger(HubRegistry old, HubRegistry now, MergeOptions options)
{
    private const int BatchSize = 500;

    private long _same;
    private long _toOld;
    private long _toNew;
    private long _conflicts;
    private long _failed;

    /// <summary>Compares, and writes if the options say so.</summary>
    /// <exception cref="RecoveryException">The folder is of no mirror of these hubs, or another process works with it.</exception>
    public async Task<MergeReport> RunAsync(Microsoft.Extensions.Logging.ILogger logger, CancellationToken cancellationToken)
    {
        await using var store = await MirrorStore.OpenAsync(options.Folder, logger, cancellationToken).ConfigureAwait(false);
        await CheckAsync(store, cancellationToken).ConfigureAwait(false);
        var batch = new List<MergeDecision>();
        await using (var marks = new MarkCursor(store.ReadMarksAsync(cancellationToken), cancellationToken))
        {
            var pairs = RegistryOrder.MergeAsync(
                SortedRegistry.ReadAsync(old, withKeys: true, cancellationToken), SortedRegistry.ReadAsync(now, withKeys: true, cancellationToken), cancellationToken);
            await foreach (var (id, left, right) in pairs.ConfigureAwait(false))
            {
                // Marks of what neither hub has any more harm nobody.
                var known = await marks.FindAsync(id, static _ => { }).ConfigureAwait(false);
                var decision = MergeDecision.Make(id, left, right, known, PreferenceOf(id));
                if (decision.Parts.Count == 0)
                {
                    _same++;
                    if (decision.After == known)
                    {
                        continue; // Else both have changed it to the same: that is what they had in common from now on.
                    }
                }
                else
                {
                    Count(decision);
                }

                batch.Add(decision);
                if (batch.Count == BatchSize)
                {
                    await ApplyAsync(store, batch, cancellationToken).ConfigureAwait(false);
                    batch.Clear();
                }
            }
        }

        await ApplyAsync(store, batch, cancellationToken).ConfigureAwait(false);
        return new MergeReport { Same = _same, ToOld = _toOld, ToNew = _toNew, Conflicts = _conflicts, Failed = _failed, Applied = options.Apply };
    }

    private async Task CheckAsync(MirrorStore store, CancellationToken cancellationToken)
    {
        var pair = await store.ReadPairAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new RecoveryException($"'{options.Folder}' is no mirror's folder: without it nobody knows what both hubs had when they were last equal.");
        if (!pair.Source.Equals(old.HostName, StringComparison.OrdinalIgnoreCase) || !pair.Target.Equals(now.HostName, StringComparison.OrdinalIgnoreCase))
        {
            throw new RecoveryException($"'{options.Folder}' is of the mirror from '{pair.Source}' to '{pair.Target}', not from '{old.HostName}' to '{now.HostName}'.");
        }
    }

    private MergeSide? PreferenceOf(IdentityId id) => options.Choices.TryGetValue(id.ToString(), out var choice) ? choice : options.Prefer;

    private void Count(MergeDecision decision)
    {
        _conflicts += decision.HasConflict ? 1 : 0;
        _toOld += decision.ForOld is null ? 0 : 1;
        _toNew += decision.ForNew is null ? 0 : 1;
        options.Found?.Invoke(new MergeItem(decision.Id.ToString(), decision.Parts));
    }

    private async Task ApplyAsync(MirrorStore store, List<MergeDecision> batch, CancellationToken cancellationToken)
    {
        if (!options.Apply || batch.Count == 0)
        {
            return;
        }

        var failed = new HashSet<IdentityId>();
        await WriteAsync(old, batch.Select(decision => decision.ForOld), failed, cancellationToken).ConfigureAwait(false);
        await WriteAsync(now, batch.Select(decision => decision.ForNew), failed, cancellationToken).ConfigureAwait(false);
        _failed += failed.Count;

        // Only what is equal now has new marks: what is in conflict is found again the next time.
        await store.WriteMarksAsync(
            [.. batch.Where(decision => !decision.HasConflict && !failed.Contains(decision.Id)).Select(decision => (decision.Id, decision.After))], cancellationToken)
            .ConfigureAwait(false);
    }

    private static async Task WriteAsync(HubRegistry hub, IEnumerable<ExportImportDevice?> lines, HashSet<IdentityId> failed, CancellationToken cancellationToken)
    {
        var summary = await hub.WriteAsync(lines.OfType<ExportImportDevice>(), cancellationToken).ConfigureAwait(false);
        foreach (var error in summary.Errors)
        {
            failed.Add(new IdentityId(error.DeviceId ?? string.Empty, error.ModuleId));
        }
    }
}
