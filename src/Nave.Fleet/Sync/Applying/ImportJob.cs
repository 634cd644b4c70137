using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Storage.Blobs;

namespace Nave.Fleet.Sync.Applying;

/// <summary>
/// One import job of the hub for many creations and deletions. The blob with the lines holds keys: it is deleted however the job ends, and
/// by the next run if this process does not live to do it.
/// </summary>
internal sealed class ImportJob(ApplyContext context, Uri container, string runId, Func<Func<SyncRun, SyncRun>, Task> record)
{
    /// <summary>How the names of blobs begin.</summary>
    public const string BlobPrefix = "nave-sync-";

    // The hub's name for it (wire facts 9.5.3).
    private const string ErrorsBlob = "importErrors.log";

    private const int KeyBytes = 32;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromSeconds(30);

    /// <summary>Tells whether a change can be a line of the job: it makes or deletes a hub device and nothing else.</summary>
    /// <remarks>An update of an identity by import replaces its status and its keys; changes of tags go another way.</remarks>
    public static bool Takes(PlannedChange change) => change is { External: null, Hub.Action: PlanAction.Create or PlanAction.Delete };

    /// <summary>Runs the job.</summary>
    /// <returns>The devices that failed, by id; <see langword="null"/> = the hub has no such jobs, or is busy with another, and nothing was done.</returns>
    /// <exception cref="SyncStoppedException">The job failed, or did not end in time.</exception>
    /// <exception cref="BlobException">The container could not be used.</exception>
    public async Task<Dictionary<string, ImportError>?> RunAsync(IEnumerable<PlannedChange> changes, CancellationToken cancellationToken)
    {
        using var blobs = BlobContainers.Open(container.OriginalString, new BlobContainerOptions { Time = context.Time });
        var blob = $"{BlobPrefix}{runId}.txt";

        // Before there is a blob, so that whoever comes after a kill knows of it.
        await record(run => run with { JobBlob = blob }).ConfigureAwait(false);
        try
        {
            await WriteAsync(blobs, blob, changes, cancellationToken).ConfigureAwait(false);
            await blobs.DeleteAsync(ErrorsBlob, cancellationToken).ConfigureAwait(false);
            if (await CreateAsync(blob, cancellationToken).ConfigureAwait(false) is not { } jobId)
            {
                return null;
            }

            await record(run => run with { JobId = jobId }).ConfigureAwait(false);
            try
            {
                await WaitAsync(context, jobId, runId, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or SyncStoppedException)
            {
                await CancelAsync(jobId).ConfigureAwait(false);
                throw;
            }

            return await ReadErrorsAsync(blobs, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await RemoveAsync(blobs, blob).ConfigureAwait(false);
            await record(run => run with { JobBlob = null }).ConfigureAwait(false);
        }
    }

    /// <summary>Puts right what a killed run left: waits for its job, and deletes its blob.</summary>
    public static async Task CleanUpAsync(ApplyContext context, SyncRun run, CancellationToken cancellationToken)
    {
        if (run.JobBlob is not { } blob || context.Configuration.Hub.JobContainer is not { } container)
        {
            return;
        }

        // The id of the job may not have been noted any more; the name of its blob is in the job itself.
        foreach (var job in await ListAsync(context, cancellationToken).ConfigureAwait(false))
        {
            if (job.JobId is { } jobId && (job.InputBlobName == blob || jobId == run.JobId) && !HasEnded(job.Status))
            {
                await WaitAsync(context, jobId, run.Id, cancellationToken).ConfigureAwait(false);
            }
        }

        using var blobs = BlobContainers.Open(container.OriginalString, new BlobContainerOptions { Time = context.Time });
        await RemoveAsync(blobs, blob).ConfigureAwait(false);
    }

    private static bool HasEnded(JobStatus status) => status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    private static async Task<IReadOnlyList<JobProperties>> ListAsync(ApplyContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Service.ListTransferJobsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HubException e) when (e.HttpStatus is 404 or 405)
        {
            return [];
        }
    }

    private static async Task WriteAsync(IBlobContainer blobs, string blob, IEnumerable<PlannedChange> changes, CancellationToken cancellationToken)
    {
        var stream = await blobs.OpenWriteAsync(blob, BlobWriteOptions.Default, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            foreach (var change in changes)
            {
                var line = HubWriter.LineOf(change, new SymmetricKeys { PrimaryKey = NewKey(), SecondaryKey = NewKey() });
                await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Wire.ExportImportDevice), cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            }

            await stream.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    private async Task<string?> CreateAsync(string blob, CancellationToken cancellationToken)
    {
        var uri = container.OriginalString;
        try
        {
            var job = await context.Service.CreateTransferJobAsync(
                new JobProperties
                {
                    Type = JobType.Import, InputBlobContainerUri = uri, InputBlobName = blob, OutputBlobContainerUri = uri,
                    StorageAuthenticationType = StorageAuthenticationType.KeyBased,
                },
                cancellationToken).ConfigureAwait(false);
            return job.JobId ?? throw new InvalidDataException("The hub's answer has no job id.");
        }
        catch (HubException e) when (e.HttpStatus is 404 or 405 || e.Code is HubErrorCode.JobQuotaExceeded or HubErrorCode.OperationNotAvailableInCurrentTier)
        {
            return null;
        }
    }

    private static async Task WaitAsync(ApplyContext context, string jobId, string runId, CancellationToken cancellationToken)
    {
        // Looks come sooner than the settings ask, and go on for as long: a job of a hundred devices takes a second.
        var retry = context.Configuration.Retry;
        var patience = s_firstLook + (retry.ImportJobInterval * retry.ImportJobAttempts);
        var began = context.Time.GetTimestamp();
        var wait = TimeSpan.FromMilliseconds(200);
        while (true)
        {
            await Task.Delay(wait, context.Time, cancellationToken).ConfigureAwait(false);
            var job = await context.Service.GetTransferJobAsync(jobId, cancellationToken).ConfigureAwait(false);
            switch (job.Status)
            {
                case JobStatus.Completed:
                    return;
                case JobStatus.Failed or JobStatus.Cancelled:
                    throw Failed(context, jobId, runId, $"The import job {jobId} is {(job.Status == JobStatus.Failed ? "failed" : "cancelled")}. {job.FailureReason}");
            }

            if (context.Time.GetElapsedTime(began) > patience)
            {
                throw Failed(context, jobId, runId, $"The import job {jobId} has not ended after {patience}.");
            }

            context.Progress?.Report(new SyncProgress(SyncPhase.ImportJob, job.Progress, 100));
            if (wait >= TimeSpan.FromSeconds(5))
            {
                context.Events.Emit(SyncEventKind.IoTHubJobCheckNotComplete, context.Service.HostName, jobId, runId, null);
            }

            wait = TimeSpan.FromTicks(Math.Min((wait * 1.5).Ticks, Math.Min(retry.ImportJobInterval.Ticks, s_firstLook.Ticks)));
        }
    }

    // Nobody waits for it any more, and the next run must not meet it at work.
    private async Task CancelAsync(string jobId)
    {
        using var deadline = new CancellationTokenSource(s_firstLook);
        try
        {
            await context.Service.CancelTransferJobAsync(jobId, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HubException or HttpRequestException or TimeoutException or OperationCanceledException)
        {
            // It has ended, or the hub is gone: the next plan sees what it did.
        }
    }

    private static SyncStoppedException Failed(ApplyContext context, string jobId, string runId, string reason)
    {
        context.Events.Emit(SyncEventKind.IoTHubJobFailed, context.Service.HostName, jobId, runId, reason);
        return new SyncStoppedException(reason.TrimEnd());
    }

    private static async Task<Dictionary<string, ImportError>> ReadErrorsAsync(IBlobContainer blobs, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, ImportError>(StringComparer.Ordinal);
        if (await blobs.OpenReadAsync(ErrorsBlob, 0, null, cancellationToken).ConfigureAwait(false) is not { } stream)
        {
            return errors;
        }

        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0 && JsonSerializer.Deserialize(line, ApiJson.Default.ImportErrorLine) is { DeviceId.Length: > 0 } error)
            {
                errors[error.DeviceId] = new ImportError(error.ErrorCode, error.ErrorStatus);
            }
        }

        return errors;
    }

    // Also when the run is ended: the keys must not stay.
    private static async Task RemoveAsync(IBlobContainer blobs, string blob)
    {
        using var deadline = new CancellationTokenSource(s_firstLook);
        await blobs.DeleteAsync(blob, deadline.Token).ConfigureAwait(false);
        await blobs.DeleteAsync(ErrorsBlob, deadline.Token).ConfigureAwait(false);
    }
}
