using Nave.Api;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>Makes a job of what a caller asks for, or says what is not permitted.</summary>
internal static class TransferRequest
{
    // A shared access signature has some 300 characters.
    private const int MaxUriLength = 4096;

    /// <summary>Makes the job.</summary>
    /// <returns>The job, enqueued; or 400004, 400008 (a container's URI), 400032 (an identity that Azure manages).</returns>
    public static HubResult<TransferRecord> Read(JobProperties wanted, BlobContainerOptions blobs, bool hasConfigurations, DateTimeOffset now)
    {
        if (wanted.Type is not (JobType.Import or JobType.Export))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"type is '{wanted.Type}'; import and export are permitted.");
        }

        if (wanted.StorageAuthenticationType == StorageAuthenticationType.IdentityBased)
        {
            return new HubError(
                HubErrorCode.ManagedIdentityNotEnabled, "storageAuthenticationType is 'identityBased'; this hub has no managed identity. Use a signature in the container's URI: 'keyBased'.");
        }

        var isImport = wanted.Type == JobType.Import;
        if ((isImport ? CheckContainer("inputBlobContainerUri", wanted.InputBlobContainerUri, blobs) : null) is { } wrongInput)
        {
            return wrongInput;
        }

        if ((CheckContainer("outputBlobContainerUri", wanted.OutputBlobContainerUri, blobs)
            ?? CheckName("inputBlobName", wanted.InputBlobName)
            ?? CheckName("outputBlobName", wanted.OutputBlobName)
            ?? CheckName("configurationsBlobName", wanted.ConfigurationsBlobName)) is { } wrong)
        {
            return wrong;
        }

        if (wanted.IncludeConfigurations && !hasConfigurations)
        {
            return new HubError(HubErrorCode.InvalidOperation, "includeConfigurations is true; this hub has no configurations.");
        }

        return new TransferRecord
        {
            Id = Guid.NewGuid().ToString("D"),
            Type = wanted.Type,
            Status = JobStatus.Enqueued,
            Created = now,
            InputUri = isImport ? wanted.InputBlobContainerUri : null,
            InputName = NameOf(wanted.InputBlobName),
            OutputUri = wanted.OutputBlobContainerUri!, // Checked: there is one.
            OutputName = NameOf(wanted.OutputBlobName),
            ExcludeKeys = wanted.ExcludeKeysInExport,
            IncludeConfigurations = wanted.IncludeConfigurations,
            ConfigurationsName = NameOf(wanted.ConfigurationsBlobName),
        };
    }

    private static string? NameOf(string? name) => string.IsNullOrEmpty(name) ? null : name;

    private static HubError? CheckContainer(string field, string? uri, BlobContainerOptions blobs)
    {
        if (string.IsNullOrEmpty(uri) || uri.Length > MaxUriLength)
        {
            return new HubError(
                HubErrorCode.BlobContainerValidationError, $"{field} has {uri?.Length ?? 0} characters; the URI of a blob container, of 1 to {MaxUriLength}, is needed.");
        }

        try
        {
            BlobContainers.Open(uri, blobs).Dispose();
            return null;
        }
        catch (BlobException e)
        {
            return new HubError(HubErrorCode.BlobContainerValidationError, $"{field}: {e.Message}");
        }
    }

    private static HubError? CheckName(string field, string? name) =>
        string.IsNullOrEmpty(name) || BlobNames.FindProblem(name) is not { } problem
            ? null
            : new HubError(HubErrorCode.ArgumentInvalid, $"{field} {problem}.");
}
