using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Decides about one identity by three states: what the old hub has, what the new one has, and the marks of what both had. A part that one hub alone
/// has changed goes to the other; a part that both have changed is a conflict unless somebody has said which is right.
/// </summary>
internal sealed class MergeDecision
{
    private readonly List<MergePart> _parts = [];

    private MergeDecision(IdentityId id) => Id = id;

    public IdentityId Id { get; }

    /// <summary>Gets what differs; empty if nothing does.</summary>
    public IReadOnlyList<MergePart> Parts => _parts;

    /// <summary>Gets what the old hub is to be given, or <see langword="null"/>.</summary>
    public ExportImportDevice? ForOld { get; private set; }

    /// <summary>Gets what the new hub is to be given, or <see langword="null"/>.</summary>
    public ExportImportDevice? ForNew { get; private set; }

    /// <summary>Gets the marks that hold in both afterwards; <see langword="null"/> if neither has it, or if they still differ.</summary>
    public RegistryMarks? After { get; private set; }

    public bool HasConflict => _parts.Any(part => part.Action == MergeAction.Conflict);

    /// <summary>Decides.</summary>
    /// <param name="id">The identity.</param>
    /// <param name="old">As the old hub has it.</param>
    /// <param name="now">As the new hub has it.</param>
    /// <param name="known">What both had; <see langword="null"/> if it was in neither.</param>
    /// <param name="prefer">The side that is taken in a conflict, or <see langword="null"/>.</param>
    public static MergeDecision Make(IdentityId id, ExportImportDevice? old, ExportImportDevice? now, RegistryMarks? known, MergeSide? prefer)
    {
        var decision = new MergeDecision(id);
        if (old is null || now is null)
        {
            decision.DecideWhole(old, now, known, prefer);
        }
        else
        {
            decision.DecideParts(old, now, known, prefer);
        }

        return decision;
    }

    private void DecideWhole(ExportImportDevice? old, ExportImportDevice? now, RegistryMarks? known, MergeSide? prefer)
    {
        var (side, line) = old is null ? (MergeSide.New, now) : (MergeSide.Old, old);
        if (line is null)
        {
            return;
        }

        var other = side == MergeSide.New ? MergeSide.Old : MergeSide.New;
        var marks = RegistryMarks.Of(line);
        var (take, reason) = known is null ? (side, $"It was made in the {Name(side)} hub.")
            : known == marks ? (other, $"It was deleted in the {Name(other)} hub.")
            : (prefer, $"It was changed in the {Name(side)} hub and deleted in the {Name(other)} one.");
        _parts.Add(new MergePart(null, ActionOf(take), null, null, null, null, reason));
        if (take == side)
        {
            Give(other, Restored(line));
            After = marks;
        }
        else if (take == other)
        {
            Give(side, new ExportImportDevice { Id = Id.DeviceId, ModuleId = Id.ModuleId, ImportMode = ImportMode.Delete });
        }
    }

    private void DecideParts(ExportImportDevice old, ExportImportDevice now, RegistryMarks? known, MergeSide? prefer)
    {
        var (oldMarks, newMarks) = (RegistryMarks.Of(old), RegistryMarks.Of(now));
        var parts = oldMarks.DifferencesFrom(newMarks);
        var merged = now;
        var (givesOld, givesNew) = (false, false);
        foreach (var part in parts)
        {
            var (o, n, k) = (MarkOf(oldMarks, part), MarkOf(newMarks, part), known is null ? null : MarkOf(known, part));
            var take = o == k ? MergeSide.New : n == k ? MergeSide.Old : prefer;
            Add(part, take, old, now, o == k ? "Only the new hub has changed it." : n == k ? "Only the old hub has changed it." : "Both hubs have changed it.");
            givesOld |= take == MergeSide.New;
            givesNew |= take == MergeSide.Old;
            merged = take == MergeSide.Old ? With(merged, old, part) : merged;
        }

        if (givesOld)
        {
            // A conflict leaves the old hub's own part as it is.
            Give(MergeSide.Old, Restored(KeepConflicts(merged, old)));
        }

        if (givesNew)
        {
            Give(MergeSide.New, Restored(merged));
        }

        if (!HasConflict)
        {
            After = RegistryMarks.Of(merged);
        }
    }

    private ExportImportDevice KeepConflicts(ExportImportDevice merged, ExportImportDevice old) =>
        _parts.Where(part => part.Action == MergeAction.Conflict).Aggregate(merged, (line, part) => With(line, old, part.Part!.Value));

    private void Add(RegistryPart part, MergeSide? take, ExportImportDevice old, ExportImportDevice now, string reason) => _parts.Add(new MergePart(
        part, ActionOf(take), Shown(ValueOf(old, part)), VersionOf(ValueOf(old, part)), Shown(ValueOf(now, part)), VersionOf(ValueOf(now, part)), reason));

    private void Give(MergeSide side, ExportImportDevice line)
    {
        if (side == MergeSide.Old)
        {
            ForOld = line;
        }
        else
        {
            ForNew = line;
        }
    }

    private static MergeAction ActionOf(MergeSide? take) => take switch
    {
        MergeSide.Old => MergeAction.ToNew,
        MergeSide.New => MergeAction.ToOld,
        _ => MergeAction.Conflict,
    };

    private static string Name(MergeSide side) => side == MergeSide.Old ? "old" : "new";

    private static string MarkOf(RegistryMarks marks, RegistryPart part) => part switch
    {
        RegistryPart.Identity => marks.Identity,
        RegistryPart.Tags => marks.Tags,
        RegistryPart.Desired => marks.Desired,
        _ => marks.Reported,
    };

    private static RawJson ValueOf(ExportImportDevice line, RegistryPart part) => part switch
    {
        RegistryPart.Identity => default, // It has keys.
        RegistryPart.Tags => line.Tags,
        RegistryPart.Desired => line.Properties?.Desired ?? default,
        _ => line.Properties?.Reported ?? default,
    };

    private static JsonElement? Shown(RawJson section)
    {
        if (section.IsUndefined)
        {
            return null;
        }

        using var document = section.ToDocument();
        return document.RootElement.Clone();
    }

    private static long? VersionOf(RawJson section)
    {
        if (section.IsUndefined || section.IsNull)
        {
            return null;
        }

        using var document = section.ToDocument();
        return document.RootElement.TryGetProperty("$version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var number) ? number : null;
    }

    private static ExportImportDevice With(ExportImportDevice line, ExportImportDevice other, RegistryPart part) => part switch
    {
        RegistryPart.Identity => other with { Tags = line.Tags, Properties = line.Properties },
        RegistryPart.Tags => line with { Tags = other.Tags },
        RegistryPart.Desired => line with { Properties = new TwinSections { Desired = other.Properties?.Desired ?? default, Reported = line.Properties?.Reported ?? default } },
        _ => line with { Properties = new TwinSections { Desired = line.Properties?.Desired ?? default, Reported = other.Properties?.Reported ?? default } },
    };

    private static ExportImportDevice Restored(ExportImportDevice line) => line with { ImportMode = ImportMode.CreateOrUpdate, ETag = null, TwinETag = null };
}
