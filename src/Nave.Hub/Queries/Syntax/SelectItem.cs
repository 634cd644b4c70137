namespace Nave.Hub.Queries;

/// <summary>One column of a result: a path, or an aggregate of a path; COUNT() alone has no path.</summary>
internal sealed record SelectItem(AggregateFunction? Aggregate, QueryPath? Path, string? Alias)
{
    /// <summary>Gets where the item stands in the text.</summary>
    public SourceOffset Source { get; init; }

    /// <summary>Gets the name of the column: its alias, the last name of its path, or the aggregate's name in lower case.</summary>
    public string Name =>
        Alias ?? (Aggregate is { } aggregate ? AggregateNames.Get(aggregate).ToLowerInvariant() : Path!.LastName); // A column without aggregate has a path.
}
