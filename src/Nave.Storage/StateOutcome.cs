namespace Nave.Storage;

/// <summary>What became of a transaction.</summary>
/// <param name="Version">The version that every document it wrote has now; 0 if it was refused.</param>
/// <param name="Conflict">The index of the first write whose expectation did not hold; -1 if it was applied.</param>
public readonly record struct StateOutcome(long Version, int Conflict)
{
    /// <summary>Gets a value indicating whether the transaction was applied.</summary>
    public bool Applied => Conflict < 0;
}
