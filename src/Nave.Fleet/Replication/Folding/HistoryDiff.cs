using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Folding;

/// <summary>Finds the values that differ between two states of a document. Arrays are values; a removed object is named by each value in it.</summary>
internal static class HistoryDiff
{
    private static readonly RawJson s_true = RawJson.Parse("true");
    private static readonly RawJson s_false = RawJson.Parse("false");

    /// <summary>Adds an entry for each value that differs.</summary>
    /// <param name="before">The state before; <see langword="null"/> = none.</param>
    /// <param name="after">The state afterwards.</param>
    /// <param name="into">Where entries go.</param>
    public static void Add(ReplicaDocument? before, ReplicaDocument after, List<HistoryEntry> into)
    {
        // A later life begins with nothing; a deletion keeps what was, and is one entry.
        var isNew = before is null || before.IsDeleted || LifeOrder.Compare(before.GenerationId, after.GenerationId) is not (0 or null);
        if (before is null || before.IsDeleted != after.IsDeleted || (isNew && !after.IsDeleted))
        {
            into.Add(Entry(after, "deleted", before is null ? default : after.IsDeleted ? s_false : s_true, after.IsDeleted ? s_true : s_false));
        }

        if (after.IsDeleted)
        {
            return;
        }

        AddSection(after, "tags", isNew ? Section.Empty : before!.Tags, after.Tags, into);
        AddSection(after, "desired", isNew ? Section.Empty : before!.Desired, after.Desired, into);
        AddSection(after, "reported", isNew ? Section.Empty : before!.Reported, after.Reported, into);
    }

    private static void AddSection(ReplicaDocument after, string name, RawJson old, RawJson now, List<HistoryEntry> into)
    {
        if (old == now)
        {
            return;
        }

        using var left = old.ToDocument();
        using var right = now.ToDocument();
        AddObject(after, name, left.RootElement, right.RootElement, isRoot: true, into);
    }

    private static void AddObject(ReplicaDocument after, string path, JsonElement old, JsonElement now, bool isRoot, List<HistoryEntry> into)
    {
        if (old.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in old.EnumerateObject())
            {
                if (isRoot && member.NameEquals("$version"))
                {
                    continue;
                }

                AddValue(after, $"{path}.{member.Name}", member.Value, now.ValueKind == JsonValueKind.Object && now.TryGetProperty(member.Name, out var value) ? value : default, into);
            }
        }

        if (now.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in now.EnumerateObject())
            {
                if (!(isRoot && member.NameEquals("$version")) && !(old.ValueKind == JsonValueKind.Object && old.TryGetProperty(member.Name, out _)))
                {
                    AddValue(after, $"{path}.{member.Name}", default, member.Value, into);
                }
            }
        }
    }

    private static void AddValue(ReplicaDocument after, string path, JsonElement old, JsonElement now, List<HistoryEntry> into)
    {
        if (old.ValueKind == JsonValueKind.Object || now.ValueKind == JsonValueKind.Object)
        {
            AddObject(after, path, old, now, isRoot: false, into);
        }

        // Of an object, what is in it is named; the value that took its place, or gave it, is named beside.
        var left = old.ValueKind == JsonValueKind.Object ? default : old;
        var right = now.ValueKind == JsonValueKind.Object ? default : now;
        if (left.ValueKind != right.ValueKind || (left.ValueKind != JsonValueKind.Undefined && !JsonEquality.AreEqual(left, right, asDoubles: false)))
        {
            into.Add(Entry(after, path, RawJson.From(left), RawJson.From(right)));
        }
    }

    private static HistoryEntry Entry(ReplicaDocument after, string path, RawJson old, RawJson now) => new(
        after.Key, after.GenerationId ?? string.Empty, after.Version, path, old, now, after.LastOperation, after.LastOperationTime);
}
