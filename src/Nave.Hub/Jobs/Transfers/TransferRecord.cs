using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>An import or export job as the hub works with it: container URIs whole, signatures included. Immutable.</summary>
internal sealed record TransferRecord
{
    public const string DevicesBlob = "devices.txt";
    public const string ConfigurationsBlob = "configurations.txt";
    public const string ErrorsBlob = "importErrors.log";

    public required string Id { get; init; }

    /// <summary>Gets <see cref="JobType.Import"/> or <see cref="JobType.Export"/>.</summary>
    public required JobType Type { get; init; }

    public required JobStatus Status { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? FailureReason { get; init; }

    /// <summary>Gets where an import reads; a secret.</summary>
    public string? InputUri { get; init; }

    public string? InputName { get; init; }

    /// <summary>Gets where an export, or an import's log of errors, goes; a secret.</summary>
    public required string OutputUri { get; init; }

    public string? OutputName { get; init; }

    public bool ExcludeKeys { get; init; }

    public bool IncludeConfigurations { get; init; }

    public string? ConfigurationsName { get; init; }

    public bool HasEnded => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>Makes the wire's form. Signatures are left out: whoever may look at jobs is not let into containers by that.</summary>
    public JobProperties ToProperties(int progress) => new()
    {
        JobId = Id,
        StartTimeUtc = Created,
        EndTimeUtc = Ended,
        Type = Type,
        Status = Status,
        Progress = Status == JobStatus.Completed ? 100 : progress,
        InputBlobContainerUri = WithoutSignature(InputUri),
        InputBlobName = InputName,
        OutputBlobContainerUri = WithoutSignature(OutputUri),
        OutputBlobName = OutputName,
        ExcludeKeysInExport = ExcludeKeys,
        StorageAuthenticationType = StorageAuthenticationType.KeyBased,
        FailureReason = FailureReason,
        IncludeConfigurations = IncludeConfigurations,
        ConfigurationsBlobName = ConfigurationsName,
    };

    private static string? WithoutSignature(string? uri)
    {
        var query = uri?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        if (query < 0)
        {
            return uri;
        }

        var kept = uri![(query + 1)..].Split('&').Where(part => !Uri.UnescapeDataString(part).StartsWith("sig=", StringComparison.OrdinalIgnoreCase)); // It has a query.
        return $"{uri[..query]}?{string.Join('&', kept)}";
    }
}
