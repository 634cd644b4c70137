using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>
/// A configuration of many devices or modules, or an IoT Edge deployment. Source: wire facts 9.7 and the service's OpenAPI document.
/// </summary>
public sealed record Configuration
{
    /// <summary>Gets the id; <see langword="null"/> when a request body leaves it to the path.</summary>
    public string? Id { get; init; }

    /// <summary>Gets the version of the schema: <c>1.0</c>.</summary>
    public string? SchemaVersion { get; init; }

    /// <summary>Gets what people note about it.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Gets what it sets; cannot be changed.</summary>
    public ConfigurationContent? Content { get; init; }

    /// <summary>Gets whom it is aimed at: <c>*</c>, a condition on devices, <c>FROM devices.modules WHERE …</c>; empty = nobody.</summary>
    public string? TargetCondition { get; init; }

    /// <summary>Gets when it was made; in a request it is ignored.</summary>
    public DateTimeOffset CreatedTimeUtc { get; init; }

    /// <summary>Gets when it was changed last; in a request it is ignored.</summary>
    public DateTimeOffset LastUpdatedTimeUtc { get; init; }

    /// <summary>Gets the priority: where two set the same, the higher wins, and of equals the one that was made later.</summary>
    public int Priority { get; init; }

    /// <summary>Gets how many it is aimed at and has reached; in a request it is ignored.</summary>
    public ConfigurationMetrics? SystemMetrics { get; init; }

    /// <summary>Gets the owner's own queries, with their results.</summary>
    public ConfigurationMetrics? Metrics { get; init; }

    /// <summary>Gets the etag, without quotes.</summary>
    [JsonPropertyName("etag")]
    public string? ETag { get; init; }
}
