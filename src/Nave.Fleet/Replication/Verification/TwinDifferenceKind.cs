namespace Nave.Fleet.Replication.Verification;

/// <summary>What is wrong with a document.</summary>
public enum TwinDifferenceKind
{
    /// <summary>The hub has the twin, the target has not.</summary>
    Missing,

    /// <summary>Both have it, and they are not the same.</summary>
    Different,

    /// <summary>The target has it, the hub has not.</summary>
    Extra,
}
