namespace Nave.Fleet.Replication.Folding;

/// <summary>What an event means for a document.</summary>
internal enum FoldKind
{
    /// <summary>It changes the document.</summary>
    Apply,

    /// <summary>The document knows it already, or something later.</summary>
    Stale,

    /// <summary>Something is missing before it: the twin has to be read from the hub.</summary>
    Read,
}
