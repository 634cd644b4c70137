namespace Nave.Fleet.Recovery;

/// <summary>How two hubs that went their own ways are brought together.</summary>
public sealed record MergeOptions
{
    /// <summary>Gets the mirror's folder: it knows what both hubs had when they were last equal.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets a value indicating whether anything is written; else it is only told what would be.</summary>
    public bool Apply { get; init; }

    /// <summary>Gets the side that is taken where both have changed the same part; <see langword="null"/> = neither: it is a conflict, and both stay as they are.</summary>
    public MergeSide? Prefer { get; init; }

    /// <summary>Gets the side that is taken for single identities, in place of <see cref="Prefer"/>.</summary>
    public IReadOnlyDictionary<string, MergeSide> Choices { get; init; } = new Dictionary<string, MergeSide>();

    /// <summary>Gets what is told of each identity that differs, in the order of ids.</summary>
    public Action<MergeItem>? Found { get; init; }
}
