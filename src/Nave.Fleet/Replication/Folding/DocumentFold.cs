using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Events;

namespace Nave.Fleet.Replication.Folding;

/// <summary>
/// Applies one event to one document so that each change takes effect once, whatever is repeated, late, missing or out of order.
/// <list type="bullet">
/// <item>Lives of an id are told apart by generation id where the hub gives one, else by time.</item>
/// <item>Within a life an update applies when its version follows the document's, and <c>$version</c> of each section it names follows too.
/// A version that is known is stale. Anything else is a gap, and the hub is asked.</item>
/// <item>What is deleted stays deleted until a later life begins.</item>
/// <item>When times do not settle it, the hub is asked: that is never wrong.</item>
/// </list>
/// </summary>
internal static class DocumentFold
{
    /// <summary>Applies an event.</summary>
    /// <param name="document">The document; <see langword="null"/> if there is none.</param>
    /// <param name="change">The event.</param>
    /// <param name="device">For a module: its device's document, if there is one.</param>
    public static FoldResult Apply(ReplicaDocument? document, TwinEvent change, ReplicaDocument? device)
    {
        if (document is null)
        {
            return ApplyToNothing(change, device);
        }

        return LifeOrder.Compare(change.GenerationId, document.GenerationId) switch
        {
            < 0 => FoldResult.Stale,
            0 => ApplyToSameLife(document, change),
            > 0 => ApplyToEarlierLife(document, change),
            null => ApplyByTime(document, change),
        };
    }

    private static FoldResult ApplyToNothing(TwinEvent change, ReplicaDocument? device) => change.Kind switch
    {
        TwinEventKind.Delete => FoldResult.Apply(Tombstone(Nothing(change), change)),

        // A module that was created in an earlier life of its device may be gone with it.
        TwinEventKind.Create when !change.Key.IsModule || (device is { IsDeleted: false } && change.Time >= device.LastOperationTime) => FoldResult.Apply(Born(change)),
        _ => FoldResult.Read,
    };

    private static FoldResult ApplyToSameLife(ReplicaDocument document, TwinEvent change)
    {
        if (document.IsDeleted)
        {
            return FoldResult.Stale;
        }

        if (change.Kind == TwinEventKind.Delete)
        {
            return FoldResult.Apply(Tombstone(document, change));
        }

        return change.Version <= document.Version ? FoldResult.Stale
            : change.Kind == TwinEventKind.Update ? Patch(document, change)
            : Whole(document, change);
    }

    private static FoldResult ApplyToEarlierLife(ReplicaDocument document, TwinEvent change) => change.Kind switch
    {
        TwinEventKind.Delete => FoldResult.Apply(Tombstone(document, change)),

        // That the device is in a later life does not tell in which one its module was born, but the module's own life does.
        TwinEventKind.Create => FoldResult.Apply(Born(change)),
        _ => FoldResult.Read,
    };

    private static FoldResult ApplyByTime(ReplicaDocument document, TwinEvent change)
    {
        if (document.IsDeleted)
        {
            return change.Time < document.LastOperationTime ? FoldResult.Stale
                : change.Time == document.LastOperationTime ? (change.Kind == TwinEventKind.Delete ? FoldResult.Stale : FoldResult.Read)
                : change.Kind switch
                {
                    TwinEventKind.Delete => FoldResult.Apply(Tombstone(document, change)),
                    TwinEventKind.Create when !change.Key.IsModule => FoldResult.Apply(Born(change)),
                    _ => FoldResult.Read,
                };
        }

        if (change.Time < document.Since)
        {
            return FoldResult.Stale;
        }

        if (change.Kind is TwinEventKind.Create or TwinEventKind.Delete)
        {
            var isBirth = change.Kind == TwinEventKind.Create;

            // What came after it may be of the life that follows: an update whose version happened to fit.
            return isBirth && change.Time == document.Since ? FoldResult.Stale
                : document.Since is null || change.Time <= document.LastOperationTime ? FoldResult.Read
                : !isBirth ? FoldResult.Apply(Tombstone(document, change))
                : change.Key.IsModule ? FoldResult.Read : FoldResult.Apply(Born(change));
        }

        if (change.Version <= document.Version)
        {
            // A low version that is late is old; one that is new belongs to a life whose beginning is not here yet.
            return change.Time <= document.LastOperationTime ? FoldResult.Stale : FoldResult.Read;
        }

        return change.Time < document.LastOperationTime ? FoldResult.Read
            : change.Kind == TwinEventKind.Update ? Patch(document, change)
            : Whole(document, change);
    }

    private static FoldResult Patch(ReplicaDocument document, TwinEvent change)
    {
        if (change.Version != document.Version + 1)
        {
            return FoldResult.Read;
        }

        var properties = TwinBody.SectionOf(change.Body, "properties");
        var hasTags = change.Body.TryGetProperty("tags", out var tags);
        if (!TryPatch(document.Desired, TwinBody.SectionOf(properties, "desired"), out var desired, out var hasDesired)
            || !TryPatch(document.Reported, TwinBody.SectionOf(properties, "reported"), out var reported, out _))
        {
            return FoldResult.Read;
        }

        return FoldResult.Apply(document with
        {
            Version = change.Version,
            ETag = hasTags || hasDesired ? TwinBody.NextETag(document.ETag) : document.ETag,
            Tags = !hasTags ? document.Tags : tags.ValueKind == JsonValueKind.Null ? Section.Empty : Section.Merge(document.Tags, tags),
            Desired = desired,
            Reported = reported,
            LastOperation = change.Operation,
            LastOperationTime = change.Time,
            GenerationId = change.GenerationId ?? document.GenerationId,
        });
    }

    // A section's own version has to follow too; without one, or with null in place of the section, there is nothing to go by.
    private static bool TryPatch(RawJson section, JsonElement patch, out RawJson patched, out bool isNamed)
    {
        patched = section;
        isNamed = patch.ValueKind != JsonValueKind.Undefined;
        if (!isNamed)
        {
            return true;
        }

        if (Section.VersionOf(patch) is not { } version || version != Section.VersionOf(section) + 1)
        {
            return false;
        }

        patched = Section.Merge(section, patch);
        return true;
    }

    private static FoldResult Whole(ReplicaDocument document, TwinEvent change)
    {
        var properties = TwinBody.SectionOf(change.Body, "properties");
        return TwinBody.SectionOf(properties, "desired").ValueKind == JsonValueKind.Object && TwinBody.SectionOf(properties, "reported").ValueKind == JsonValueKind.Object
            ? FoldResult.Apply(TwinBody.ToDocument(change.Key, change.Body, change.Operation, change.Time) with
            {
                GenerationId = change.GenerationId ?? document.GenerationId, Since = document.Since,
            })
            : FoldResult.Read;
    }

    private static ReplicaDocument Born(TwinEvent change) => TwinBody.ToDocument(change.Key, change.Body, change.Operation, change.Time) with
    {
        GenerationId = change.GenerationId, Since = change.Time,
    };

    private static ReplicaDocument Nothing(TwinEvent change) => new()
    {
        Key = change.Key, Version = 0, LastOperation = change.Operation, LastOperationTime = change.Time,
    };

    // The event of a deletion has the last twin, if its hub is as good as Nave and Azure.
    private static ReplicaDocument Tombstone(ReplicaDocument document, TwinEvent change)
    {
        var last = change.Version > 0 ? Whole(document, change).Document ?? document : document;
        return last.ToTombstone(change.Operation, change.Time, change.GenerationId ?? document.GenerationId, change.Version > 0 ? change.Version : document.Version);
    }
}
