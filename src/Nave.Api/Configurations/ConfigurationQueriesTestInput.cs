namespace Nave.Api;

/// <summary>A target condition and metric queries that are to be tried.</summary>
public sealed record ConfigurationQueriesTestInput
{
    /// <summary>Gets the target condition.</summary>
    public string? TargetCondition { get; init; }

    /// <summary>Gets the queries, by name.</summary>
    public IReadOnlyDictionary<string, string>? CustomMetricQueries { get; init; }
}
