using System.Text.Json.Serialization;
using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>The stored form of a scheduled job: docs/formats/jobs.md.</summary>
internal sealed record ScheduledJobDocument
{
    public int Format { get; init; }

    /// <summary>Gets the request as JSON of the service API.</summary>
    public required byte[] Request { get; init; }

    public JobStatus Status { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Start { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? FailureReason { get; init; }

    public string? ExpandedTo { get; init; }

    public bool IsExpanded { get; init; }

    public bool IsSettled { get; init; }

    public int Devices { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ScheduledJobDocument))]
internal sealed partial class ScheduledJobJson : JsonSerializerContext;
