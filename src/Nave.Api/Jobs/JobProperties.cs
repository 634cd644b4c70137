using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>An import or export job: what is wanted, and how far it is. Source: wire facts 9.5 and the service's OpenAPI document.</summary>
public sealed record JobProperties
{
    /// <summary>Gets the job's id, made by the hub.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JobId { get; init; }

    /// <summary>Gets when it was created.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartTimeUtc { get; init; }

    /// <summary>Gets when it ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EndTimeUtc { get; init; }

    /// <summary>Gets whether it imports or exports.</summary>
    public JobType Type { get; init; }

    /// <summary>Gets how far it is; ignored in a request.</summary>
    public JobStatus Status { get; init; }

    /// <summary>Gets how far it is, in percent; ignored in a request.</summary>
    public int Progress { get; init; }

    /// <summary>Gets the container that an import reads. In an answer its signature is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InputBlobContainerUri { get; init; }

    /// <summary>Gets the blob that an import reads. Default <c>devices.txt</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InputBlobName { get; init; }

    /// <summary>Gets the container that an export, or the log of an import's errors, is written to. In an answer its signature is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OutputBlobContainerUri { get; init; }

    /// <summary>Gets the blob that an export writes. Default <c>devices.txt</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OutputBlobName { get; init; }

    /// <summary>Gets a value indicating whether an export leaves the keys out.</summary>
    public bool ExcludeKeysInExport { get; init; }

    /// <summary>Gets how the hub is let into the containers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StorageAuthenticationType? StorageAuthenticationType { get; init; }

    /// <summary>Gets why it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FailureReason { get; init; }

    /// <summary>Gets a value indicating whether configurations are exported or imported too.</summary>
    public bool IncludeConfigurations { get; init; }

    /// <summary>Gets the blob of the configurations. Default <c>configurations.txt</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConfigurationsBlobName { get; init; }

    /// <summary>Gets a value that Azure's answers carry; always false.</summary>
    public bool UseSecondaryStorageAsSource => false;
}
