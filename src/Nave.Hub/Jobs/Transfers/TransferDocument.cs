using System.Text.Json.Serialization;
using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>The stored form of an import or export job: docs/formats/jobs.md. Container URIs are encrypted, bound to hub and job.</summary>
internal sealed record TransferDocument
{
    public int Format { get; init; }

    public JobType Type { get; init; }

    public JobStatus Status { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? FailureReason { get; init; }

    public byte[]? Input { get; init; }

    public string? InputName { get; init; }

    public required byte[] Output { get; init; }

    public string? OutputName { get; init; }

    public bool ExcludeKeys { get; init; }

    public bool IncludeConfigurations { get; init; }

    public string? ConfigurationsName { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TransferDocument))]
internal sealed partial class TransferJson : JsonSerializerContext;
