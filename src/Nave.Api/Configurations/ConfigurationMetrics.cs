namespace Nave.Api;

/// <summary>Queries that say how a configuration fares, and the number of rows that each has found last.</summary>
public sealed record ConfigurationMetrics
{
    /// <summary>Gets the results, by the name of the query.</summary>
    public IReadOnlyDictionary<string, long>? Results { get; init; }

    /// <summary>Gets the queries, by name.</summary>
    public IReadOnlyDictionary<string, string>? Queries { get; init; }
}
