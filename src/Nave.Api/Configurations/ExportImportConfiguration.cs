using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>One configuration as a line of an export or an import.</summary>
public sealed record ExportImportConfiguration
{
    /// <summary>Gets the id.</summary>
    public string? Id { get; init; }

    /// <summary>Gets the version of the schema.</summary>
    public string? SchemaVersion { get; init; }

    /// <summary>Gets what is to be done; <see langword="null"/> = <see cref="ImportMode.CreateOrUpdateIfMatchETag"/>, Azure's only mode.</summary>
    public ImportMode? ImportMode { get; init; }

    /// <summary>Gets what people note about it.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Gets whom it is aimed at.</summary>
    public string? TargetCondition { get; init; }

    /// <summary>Gets the priority.</summary>
    public int Priority { get; init; }

    /// <summary>Gets what it sets.</summary>
    public ConfigurationContent? Content { get; init; }

    /// <summary>Gets the owner's own queries.</summary>
    public ConfigurationMetrics? Metrics { get; init; }

    /// <summary>Gets the etag.</summary>
    [JsonPropertyName("eTag")]
    public string? ETag { get; init; }

    /// <summary>Makes the line of a configuration; results of queries are left out.</summary>
    public static ExportImportConfiguration From(Configuration configuration, ImportMode? mode) => new()
    {
        Id = configuration.Id,
        SchemaVersion = configuration.SchemaVersion,
        ImportMode = mode,
        Labels = configuration.Labels,
        TargetCondition = configuration.TargetCondition,
        Priority = configuration.Priority,
        Content = configuration.Content,
        Metrics = configuration.Metrics is { Queries: { } queries } ? new ConfigurationMetrics { Queries = queries } : null,
        ETag = configuration.ETag,
    };

    /// <summary>Makes the configuration that the line describes.</summary>
    public Configuration ToConfiguration() => new()
    {
        Id = Id,
        SchemaVersion = SchemaVersion,
        Labels = Labels,
        TargetCondition = TargetCondition,
        Priority = Priority,
        Content = Content,
        Metrics = Metrics,
    };
}
