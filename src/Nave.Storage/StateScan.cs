namespace Nave.Storage;

/// <summary>Which documents to read.</summary>
/// <param name="Collection">The collection.</param>
public sealed record StateScan(string Collection)
{
    /// <summary>Gets the prefix that keys must have.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Gets the key after which to start, exclusive.</summary>
    public string? After { get; init; }

    /// <summary>Gets the most documents to yield.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Gets terms of which a document must have at least one; <see langword="null"/> = all documents.</summary>
    public IReadOnlyList<StateTerm>? AnyOf { get; init; }
}
