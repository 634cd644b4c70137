using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Makes the target equal to the source: some devices, or all. It goes by state, never by what an event says, so events may come late, twice, in any
/// order or not at all. What the mirror has made or found equal carries marks; nothing else is overwritten or deleted.
/// </summary>
internal sealed class MirrorCopier(HubRegistry source, HubRegistry target, MirrorStore store, bool overwrite)
{
    private const int ClientBatch = 500;

    private readonly HashSet<string> _conflicts = [];
    private readonly HashSet<string> _problems = [];

    /// <summary>Gets how many identities were written.</summary>
    public long Written { get; private set; }

    /// <summary>Gets how many identities were deleted.</summary>
    public long Deleted { get; private set; }

    /// <summary>Gets the identities that were in the target before the mirror and differ.</summary>
    public IReadOnlyCollection<string> Conflicts => _conflicts;

    /// <summary>Gets the identities that the target did not take.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Copies some devices with their modules.</summary>
    public async Task CopyAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken)
    {
        foreach (var ids in deviceIds.Chunk(ClientBatch))
        {
            var lines = new Dictionary<string, List<ExportImportDevice>>();
            await foreach (var line in source.ReadAsync(ids, withKeys: true, cancellationToken).ConfigureAwait(false))
            {
                (lines.TryGetValue(line.Id!, out var family) ? family : lines[line.Id!] = []).Add(line);
            }

            var work = new MirrorWork();
            foreach (var id in ids)
            {
                Plan(work, id, lines.GetValueOrDefault(id) ?? [], await store.ReadFamilyAsync(id, cancellationToken).ConfigureAwait(false));
            }

            await ApplyAsync(work, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares both registries whole and copies what differs, in constant memory.</summary>
    /// <param name="looked">Told how many identities were looked at.</param>
    /// <param name="cancellationToken">Ends it; what was copied stays.</param>
    public async Task CompareAsync(Action<long>? looked, CancellationToken cancellationToken)
    {
        _conflicts.Clear();
        _problems.Clear();
        var work = new MirrorWork();
        var done = 0L;
        await using var marks = new MarkCursor(store.ReadMarksAsync(cancellationToken), cancellationToken);
        var pairs = RegistryOrder.MergeAsync(
            SortedRegistry.ReadAsync(source, withKeys: true, cancellationToken), SortedRegistry.ReadAsync(target, withKeys: true, cancellationToken), cancellationToken);
        await foreach (var (id, line, there) in pairs.ConfigureAwait(false))
        {
            var known = await marks.FindAsync(id, Forget).ConfigureAwait(false);
            if (line is not null)
            {
                Plan(work, id, line, there, known);
            }
            else if (known is not null)
            {
                work.Delete(id);
            }

            if (++done % ClientBatch == 0 || work.Count >= ClientBatch)
            {
                await ApplyAsync(work, cancellationToken).ConfigureAwait(false);
                work = new MirrorWork();
                looked?.Invoke(done);
            }
        }

        await marks.FinishAsync(Forget).ConfigureAwait(false);
        await ApplyAsync(work, cancellationToken).ConfigureAwait(false);
        looked?.Invoke(done);

        // Neither hub has it any more.
        void Forget(IdentityId id) => work.Forget(id);
    }

    /// <summary>Counts what is wrong with configurations too.</summary>
    public void Note(IReadOnlyList<CloneProblem> problems)
    {
        foreach (var problem in problems)
        {
            _conflicts.Add(problem.Id);
        }
    }

    private static void Plan(MirrorWork work, string deviceId, List<ExportImportDevice> lines, Dictionary<IdentityId, RegistryMarks> known)
    {
        foreach (var line in lines)
        {
            var id = RegistryOrder.IdOf(line);
            var marks = RegistryMarks.Of(line);
            if (!known.Remove(id, out var before) || before != marks)
            {
                work.Write(id, line, marks);
            }
        }

        // What is left was mirrored and is gone. A device takes its modules with it.
        var device = new IdentityId(deviceId);
        if (known.ContainsKey(device))
        {
            work.Delete(device);
        }

        foreach (var id in known.Keys.Where(id => id.IsModule))
        {
            work.Delete(id);
        }
    }

    private void Plan(MirrorWork work, IdentityId id, ExportImportDevice line, ExportImportDevice? there, RegistryMarks? known)
    {
        var marks = RegistryMarks.Of(line);
        if (there is null)
        {
            work.Write(id, line, marks);
        }
        else if (RegistryMarks.Of(there) == marks)
        {
            work.Found(id, marks, known);
        }
        else if (known is not null || overwrite || id.ModuleId?.StartsWith('$') == true)
        {
            work.Write(id, line, marks);
        }
        else
        {
            _conflicts.Add(id.ToString());
        }
    }

    private async Task ApplyAsync(MirrorWork work, CancellationToken cancellationToken)
    {
        var marks = new Dictionary<IdentityId, RegistryMarks?>();
        foreach (var (id, known) in work.Known)
        {
            marks[id] = known;
        }

        if (work.Lines.Count > 0)
        {
            var summary = await target.WriteAsync(work.Lines, cancellationToken).ConfigureAwait(false);
            var failed = summary.Errors.Select(error => new IdentityId(error.DeviceId ?? string.Empty, error.ModuleId)).ToHashSet();
            foreach (var line in work.Lines)
            {
                var id = RegistryOrder.IdOf(line);
                if (failed.Contains(id))
                {
                    _problems.Add(id.ToString());
                    continue;
                }

                _problems.Remove(id.ToString());
                var isGone = line.ImportMode == ImportMode.Delete;
                marks[id] = isGone ? null : work.Marks[id];
                (Written, Deleted) = isGone ? (Written, Deleted + 1) : (Written + 1, Deleted);
            }
        }

        await store.WriteMarksAsync([.. marks.Select(mark => (mark.Key, mark.Value))], cancellationToken).ConfigureAwait(false);
    }
}
