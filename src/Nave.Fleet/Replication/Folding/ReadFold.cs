using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Running;

namespace Nave.Fleet.Replication.Folding;

/// <summary>Applies what was read from the hub to a document. The document was loaded before the read, so the read is the later of the two.</summary>
internal static class ReadFold
{
    /// <summary>What stands as the operation of a document that was read and not told of by an event.</summary>
    public const string ReadOperation = "read";

    /// <summary>Applies a read.</summary>
    /// <param name="key">Whose twin.</param>
    /// <param name="document">The document; <see langword="null"/> if there is none.</param>
    /// <param name="read">What the hub said.</param>
    /// <param name="cause">What made the read necessary.</param>
    /// <param name="force">Whether an earlier version of the same life replaces a later one: a hub that was restored from a backup.</param>
    /// <returns>The document afterwards; <see langword="null"/> if nothing changes.</returns>
    public static ReplicaDocument? Apply(IdentityId key, ReplicaDocument? document, TwinRead read, ReadCause cause, bool force = false)
    {
        if (!read.IsFound)
        {
            return Missing(key, document, cause);
        }

        using var twin = read.Twin.ToDocument();
        return Found(key, document, twin.RootElement, read.GenerationId, cause, force);
    }

    /// <summary>Applies a twin that is there.</summary>
    public static ReplicaDocument? Found(
        IdentityId key, ReplicaDocument? document, JsonElement twin, string? generationId, ReadCause cause, bool force = false)
    {
        var changed = TwinBody.LastUpdatedOf(twin);
        var time = cause.IsEvent ? Later(cause.Time, changed) : changed ?? cause.Time;
        var order = document is null ? null : LifeOrder.Compare(generationId, document.GenerationId);
        var isSameLife = document is { IsDeleted: false } && order is 0;
        var found = TwinBody.ToDocument(key, twin, cause.Operation, time) with
        {
            GenerationId = generationId, Since = isSameLife ? document!.Since : null,
        };
        if (document is null || document.IsDeleted)
        {
            return found;
        }

        if (!force && ((order is 0 && found.Version < document.Version) || order < 0))
        {
            return null;
        }

        // What says nothing new is not written; that an event of that time is known is new, where only times tell lives apart.
        var isKnown = isSameLife || !cause.IsEvent || time <= document.LastOperationTime;
        return isKnown && found.Version == document.Version && found.ETag == document.ETag && (generationId is null || isSameLife) && HasSameContent(found, document) ? null
            : found with { LastOperationTime = isSameLife ? Later(time, document.LastOperationTime) : time };
    }

    /// <summary>Tells whether tags, desired and reported properties mean the same.</summary>
    public static bool HasSameContent(ReplicaDocument left, ReplicaDocument right, bool asDoubles = false) =>
        JsonEquality.AreEqual(left.Tags, right.Tags, asDoubles)
        && JsonEquality.AreEqual(left.Desired, right.Desired, asDoubles)
        && JsonEquality.AreEqual(left.Reported, right.Reported, asDoubles);

    private static ReplicaDocument? Missing(IdentityId key, ReplicaDocument? document, ReadCause cause)
    {
        var operation = key.IsModule ? "deleteModuleIdentity" : "deleteDeviceIdentity";
        var generation = LifeOrder.Later(cause.GenerationId, document?.GenerationId);
        if (document is null)
        {
            // Kept, so that a late event of what is gone already does not bring it back.
            return new ReplicaDocument { Key = key, Version = 0, LastOperation = operation, LastOperationTime = cause.Time, GenerationId = generation, IsDeleted = true };
        }

        var time = Later(cause.Time, document.LastOperationTime);
        return document.IsDeleted && document.GenerationId == generation && document.LastOperationTime == time
            ? null
            : document.ToTombstone(operation, time, generation, document.Version);
    }

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset? right) => right > left ? right.Value : left;
}
