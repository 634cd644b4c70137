namespace Nave.Fleet.Recovery;

/// <summary>One of the two hubs of a merge.</summary>
public enum MergeSide
{
    /// <summary>The hub that was mirrored, and lost.</summary>
    Old,

    /// <summary>The hub that was promoted.</summary>
    New,
}
