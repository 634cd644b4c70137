using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Replication.Folding;

/// <summary>What an event means for a document, and what the document becomes.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Document">The document afterwards; only of <see cref="FoldKind.Apply"/>.</param>
internal readonly record struct FoldResult(FoldKind Kind, ReplicaDocument? Document = null)
{
    /// <summary>Gets the result of an event that is known already.</summary>
    public static FoldResult Stale => new(FoldKind.Stale);

    /// <summary>Gets the result of an event that cannot be judged without the hub.</summary>
    public static FoldResult Read => new(FoldKind.Read);

    /// <summary>Makes the result of an event that takes effect.</summary>
    public static FoldResult Apply(ReplicaDocument document) => new(FoldKind.Apply, document);
}
