using System.Globalization;
using System.Text.Json;
using Nave.Fleet.Sorting;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// The changes that a sync would make, in the order of device ids. They are on disk, whatever their number; the counts are here. The caller
/// disposes of it.
/// </summary>
public sealed class SyncPlan : IDisposable
{
    private readonly SpoolFile _file;

    internal SyncPlan(SpoolFile file, PlanCounts counts, string? guard, bool mayAllow)
    {
        _file = file;
        Counts = counts;
        Guard = guard;
        GuardMayBeAllowed = mayAllow;
    }

    /// <summary>Gets the counts.</summary>
    public PlanCounts Counts { get; }

    /// <summary>Gets why the plan must not be applied, or <see langword="null"/>.</summary>
    public string? Guard { get; }

    /// <summary>Gets a value indicating whether <see cref="Guard"/> gives way to an explicit permission (<c>--allow-deletes</c>).</summary>
    public bool GuardMayBeAllowed { get; }

    /// <summary>Reads the changes and the conflicts. Several readers may do so, one after the other.</summary>
    public IEnumerable<PlannedChange> Changes() => All().Where(change => change.Action != PlanAction.Unchanged);

    /// <summary>Reads the changes, the conflicts and what the sync has to note for itself.</summary>
    internal IEnumerable<PlannedChange> All()
    {
        var reader = new SpoolReader(_file, 0, _file.Length);
        while (reader.MoveNext())
        {
            yield return JsonSerializer.Deserialize(reader.Current.Value.Span, PlanJson.Default.PlannedChange)
                ?? throw new InvalidDataException("A temporary file of the plan has a null.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Finds what forbids to apply a plan.</summary>
    internal static (string? Guard, bool MayAllow) Check(PlanCounts counts, IReadOnlyList<string> emptyMasters, double maxDeletePercent)
    {
        if (counts.Delete == 0)
        {
            return (null, false);
        }

        if (emptyMasters.Count > 0)
        {
            return ($"The listing of {string.Join(" and ", emptyMasters)} is empty, and {counts.Delete} devices would be deleted for it. An empty listing is never believed.", false);
        }

        var percent = 100.0 * counts.Delete / Math.Max(counts.Owned, 1);
        return percent <= maxDeletePercent ? (null, false) : (string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Delete} of {counts.Owned} devices would be deleted: {percent:0.#} %, and guards.maxDeletePercent permits {maxDeletePercent:0.#} %."), true);
    }
}
