using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Limits;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>
/// The import and export jobs of a hub: one runs at a time, in the order in which they were created, the others wait. Durable: a job
/// that was running when the process ended goes on at the next start. What has ended is kept for 30 days.
/// </summary>
public sealed partial class TransferJobs : IAsyncDisposable
{
    /// <summary>The most jobs that wait or run. Ours: Azure takes one and refuses the next with the same code.</summary>
    public const int MaxActive = 10;

    /// <summary>The most jobs that are kept, ended ones included: the oldest of those make room.</summary>
    internal const int MaxKept = 1000;

    private const int MaxAttempts = 6;

    // As long as Azure keeps the history of scheduled jobs (wire facts 9.6.6).
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(5);

    private readonly TransferParts _parts;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TransferRecord> _jobs;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TransferProgress _progress = new();
    private Task _runner = Task.CompletedTask;
    private CancellationTokenSource? _running;

    private TransferJobs(TransferParts parts, IEnumerable<TransferRecord> jobs)
    {
        _parts = parts;
        _jobs = jobs.ToDictionary(job => job.Id, StringComparer.Ordinal);
    }

    /// <summary>Creates a job.</summary>
    /// <param name="wanted">What it is to do; what the hub itself fills in is ignored.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The job; or 400003, 400004, 400008 (a container's URI), 400032, 403003 (too many wait), 429001.</returns>
    public async ValueTask<HubResult<JobProperties>> CreateAsync(JobProperties wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (_parts.Throttle.TryTake(ThrottledOperation.Job) is { } throttled)
        {
            return throttled;
        }

        var made = TransferRequest.Read(wanted, _parts.Blobs, _parts.Configurations is not null, _parts.Time.GetUtcNow());
        if (!made.IsSuccess)
        {
            return made.Error;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Snapshot().Count(job => !job.HasEnded) is >= MaxActive and var active)
            {
                return new HubError(HubErrorCode.JobQuotaExceeded, $"{active} import and export jobs wait or run already; {MaxActive} are permitted.");
            }

            await ForgetOldAsync(cancellationToken).ConfigureAwait(false);
            await StoreAsync(made.Value, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }

        _wake.Release();
        return made.Value.ToProperties(0);
    }

    /// <summary>Gets a job.</summary>
    /// <returns>The job, its containers without their signatures; or 404002.</returns>
    public HubResult<JobProperties> Get(string id)
    {
        lock (_gate)
        {
            return _jobs.TryGetValue(id, out var job) ? job.ToProperties(ProgressOf(job)) : NotFound(id);
        }
    }

    /// <summary>Lists the jobs, the newest first.</summary>
    public IReadOnlyList<JobProperties> List() =>
        [.. Snapshot().OrderByDescending(job => job.Created).ThenBy(job => job.Id, StringComparer.Ordinal).Select(job => job.ToProperties(ProgressOf(job)))];

    /// <summary>Cancels a job. What an import has applied stays; an export leaves nothing. A job that has ended stays as it is.</summary>
    /// <returns>True, or 404002.</returns>
    public async ValueTask<HubResult<bool>> CancelAsync(string id, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CancellationTokenSource? running;
            TransferRecord? job;
            lock (_gate)
            {
                if (!_jobs.TryGetValue(id, out job))
                {
                    return NotFound(id);
                }

                running = job.Status == JobStatus.Running ? _running : null;
            }

            if (!job.HasEnded)
            {
                // First the truth on the disk, so that a crash does not bring it back; then the run hears of it.
                await StoreAsync(job with { Status = JobStatus.Cancelled, Ended = _parts.Time.GetUtcNow() }, CancellationToken.None).ConfigureAwait(false);
                if (running is not null)
                {
                    await running.CancelAsync().ConfigureAwait(false);
                }
            }

            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Reads the jobs and goes on with the one that was running.</summary>
    internal static async Task<TransferJobs> OpenAsync(TransferParts parts, CancellationToken cancellationToken)
    {
        var jobs = new List<TransferRecord>();
        await foreach (var document in parts.Store.ScanAsync(new StateScan(TransferCodec.Collection), cancellationToken).ConfigureAwait(false))
        {
            jobs.Add(parts.Codec.Decode(document));
        }

        // What a crash left after the end of a job.
        foreach (var job in jobs.Where(job => job.HasEnded))
        {
            await ImportLedger.DeleteAsync(parts.Store, job.Id, cancellationToken).ConfigureAwait(false);
        }

        var transfers = new TransferJobs(parts, jobs);
        transfers._runner = Task.Run(transfers.RunAsync, CancellationToken.None);
        return transfers;
    }

    /// <summary>Stops; the job that runs goes on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _runner.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _wake.Dispose();
        _changing.Dispose();
    }

    private static HubError NotFound(string id) => new(HubErrorCode.JobNotFound, $"There is no import or export job '{id}'.");

    private List<TransferRecord> Snapshot()
    {
        lock (_gate)
        {
            return [.. _jobs.Values];
        }
    }

    private int ProgressOf(TransferRecord job) => job.Status == JobStatus.Running ? _progress.Percent : 0;

    private async Task StoreAsync(TransferRecord job, CancellationToken cancellationToken)
    {
        await _parts.Store.CommitAsync(
            new StateTransaction().Put(TransferCodec.Collection, job.Id, _parts.Codec.Encode(job)), cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _jobs[job.Id] = job;
        }
    }

    private async Task ForgetOldAsync(CancellationToken cancellationToken)
    {
        var ended = Snapshot().Where(job => job.HasEnded).OrderByDescending(job => job.Ended).ToList();
        var oldest = _parts.Time.GetUtcNow() - s_keptFor;
        foreach (var job in ended.Skip(MaxKept - MaxActive).Concat(ended.Take(MaxKept - MaxActive).Where(job => job.Ended < oldest)))
        {
            await _parts.Store.CommitAsync(new StateTransaction().Delete(TransferCodec.Collection, job.Id), cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                _jobs.Remove(job.Id);
            }
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            // The one that ran before a restart comes before those that wait.
            var next = Snapshot().Where(job => !job.HasEnded).OrderByDescending(job => job.Status == JobStatus.Running).ThenBy(job => job.Created).FirstOrDefault();
            try
            {
                if (next is null)
                {
                    await _wake.WaitAsync(_stopping.Token).ConfigureAwait(false);
                }
                else
                {
                    await RunAsync(next.Id).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (StorageUnavailableException e)
            {
                // The disk is full or has failed: the job waits for it, whatever it was about to write.
                Log.Waiting(_parts.Logger, e.Message);
                await Task.Delay(s_retryDelay, _parts.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning disable CA1031 // A bug holds up the jobs, not the hub, and is told.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Failed(_parts.Logger, next?.Id ?? "none", e);
                await Task.Delay(s_retryDelay, _parts.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunAsync(string id)
    {
        using var running = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (await BeginAsync(id, running).ConfigureAwait(false) is not { } job)
        {
            return; // Cancelled meanwhile.
        }

        var failure = await RunToEndAsync(job, running.Token).ConfigureAwait(false);
        await _changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            TransferRecord now;
            lock (_gate)
            {
                _running = null;
                now = _jobs[id];
            }

            if (!now.HasEnded)
            {
                _stopping.Token.ThrowIfCancellationRequested();
                now = now with
                {
                    Status = failure is null ? JobStatus.Completed : JobStatus.Failed,
                    FailureReason = failure,
                    Ended = _parts.Time.GetUtcNow(),
                };
                await StoreAsync(now, _stopping.Token).ConfigureAwait(false);
            }

            Log.Ended(_parts.Logger, now.Type, id, now.Status, failure);
        }
        finally
        {
            _changing.Release();
        }

        await ImportLedger.DeleteAsync(_parts.Store, id, _stopping.Token).ConfigureAwait(false);
    }

    private async Task<TransferRecord?> BeginAsync(string id, CancellationTokenSource running)
    {
        await _changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            TransferRecord job;
            lock (_gate)
            {
                job = _jobs[id];
                if (job.HasEnded)
                {
                    return null;
                }

                _running = running;
                _progress.Report(0, 1);
            }

            if (job.Status == JobStatus.Running)
            {
                // It was cut off: what it had written may hold keys.
                RemoveUnfinished(job);
            }
            else
            {
                job = job with { Status = JobStatus.Running };
                await StoreAsync(job, _stopping.Token).ConfigureAwait(false);
            }

            Log.Started(_parts.Logger, job.Type, id);
            return job;
        }
        finally
        {
            _changing.Release();
        }
    }

    private void RemoveUnfinished(TransferRecord job)
    {
        try
        {
            BlobContainers.RemoveUnfinished(job.OutputUri, _parts.Blobs);
        }
        catch (BlobException)
        {
            // The folder is not permitted any more: the run ends of the same.
        }
    }

    /// <summary>Runs a job, again when its container did not answer.</summary>
    /// <returns>Why it failed, or <see langword="null"/>.</returns>
    private async Task<string?> RunToEndAsync(TransferRecord job, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await (job.Type == JobType.Export
                    ? new ExportRun(_parts, job, _progress).RunAsync(cancellationToken)
                    : new ImportRun(_parts, job, _progress).RunAsync(cancellationToken)).ConfigureAwait(false);
                return null;
            }
            catch (BlobException e) when (e.Error == BlobError.Unavailable && attempt < MaxAttempts)
            {
                Log.Waiting(_parts.Logger, e.Message);
                await Task.Delay(s_retryDelay * attempt, _parts.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is BlobException or TransferFailure)
            {
                return e.Message;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return null; // Cancelled or stopping: the caller knows which.
            }
            catch (Exception e) when (e is not StorageUnavailableException)
            {
                Log.Failed(_parts.Logger, job.Id, e);
                return "The hub failed; its log has the cause under the job's id.";
            }

            if (cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Type} job {Id} runs")]
        public static partial void Started(ILogger logger, JobType type, string id);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Type} job {Id} is {Status}. {Failure}")]
        public static partial void Ended(ILogger logger, JobType type, string id, JobStatus status, string? failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A job waits: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "Job {Id} failed.")]
        public static partial void Failed(ILogger logger, string id, Exception exception);
    }
}
