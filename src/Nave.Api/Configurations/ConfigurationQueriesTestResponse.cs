namespace Nave.Api;

/// <summary>What is wrong with a target condition and metric queries.</summary>
public sealed record ConfigurationQueriesTestResponse
{
    /// <summary>Gets what is wrong with the target condition; empty if nothing.</summary>
    public string TargetConditionError { get; init; } = "";

    /// <summary>Gets what is wrong with each query, by name; none if nothing.</summary>
    public IReadOnlyDictionary<string, string> CustomMetricQueryErrors { get; init; } = new Dictionary<string, string>();
}
