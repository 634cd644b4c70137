using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>
/// The scheduled jobs of a hub: direct methods and twin updates for all devices that meet a condition. Durable: a job that was running
/// when the process ended goes on at the next start. Jobs and what became of their devices are kept for 30 days after the end.
/// </summary>
public sealed partial class ScheduledJobs : ISessionObserver, IAsyncDisposable
{
    /// <summary>The most jobs that wait or run. Ours: Azure does not publish how many may wait.</summary>
    public const int MaxActive = 1000;

    /// <summary>The most jobs that are kept, ended ones included: the oldest of those make room.</summary>
    internal const int MaxKept = 5000;

    private const int DefaultPage = 100;
    private const int DeleteBatch = 1000;

    // Source: wire facts 9.6.6.
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(5);

    private readonly ScheduledJobParts _parts;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ScheduledJob> _jobs;
    private readonly Dictionary<string, (JobTally Tally, CancellationTokenSource Cancel, Task Task)> _running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _wake = NewSignal();
    private TaskCompletionSource _online = NewSignal();
    private Task _scheduler = Task.CompletedTask;

    private ScheduledJobs(ScheduledJobParts parts, IEnumerable<ScheduledJob> jobs)
    {
        _parts = parts;
        _jobs = jobs.ToDictionary(job => job.Id, StringComparer.Ordinal);
    }

    /// <summary>Creates a job; it waits at least until its time has come.</summary>
    /// <param name="id">Its id: 1 to 64 ASCII letters, digits, <c>- _ .</c></param>
    /// <param name="request">What is to be done, where and when.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The job, queued; or 400004, 409104 (there is one of that id), 429004 (too many wait), 403010, 429001.</returns>
    public async ValueTask<HubResult<JobResponse>> CreateAsync(string id, JobRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (TakeCall() is { } refused)
        {
            return refused;
        }

        var made = ScheduledJobRequest.Read(id, request, _parts.Time.GetUtcNow());
        if (!made.IsSuccess)
        {
            return made.Error;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_gate)
            {
                if (_jobs.ContainsKey(id))
                {
                    return new HubError(HubErrorCode.JobAlreadyExists, $"There is a job '{id}' already.");
                }

                if (_jobs.Values.Count(job => !job.HasEnded) is >= MaxActive and var active)
                {
                    return new HubError(HubErrorCode.ThrottlingMaxActiveJobCountExceeded, $"{active} jobs wait or run already; {MaxActive} are permitted.");
                }
            }

            await StoreAsync(made.Value, new StateTransaction(), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }

        Wake();
        return made.Value.ToResponse(new DeviceJobStatistics());
    }

    /// <summary>Gets a job.</summary>
    /// <returns>The job; or 404002, 403010, 429001.</returns>
    public HubResult<JobResponse> Get(string id)
    {
        if (TakeCall() is { } refused)
        {
            return refused;
        }

        lock (_gate)
        {
            return _jobs.TryGetValue(id, out var job) ? ResponseOf(job) : NotFound(id);
        }
    }

    /// <summary>Lists jobs in the order of their ids.</summary>
    /// <param name="type">Only those of a type; <see langword="null"/> = all.</param>
    /// <param name="status">Only those with a status; <see langword="null"/> = all.</param>
    /// <param name="pageSize">1 to 1000; <see langword="null"/> = 100.</param>
    /// <param name="continuation">What the page before returned, or <see langword="null"/>.</param>
    /// <returns>The page; or 400004, 403010, 429001.</returns>
    public HubResult<JobPage> List(JobType? type, JobStatus? status, int? pageSize, string? continuation)
    {
        if (TakeCall() is { } refused)
        {
            return refused;
        }

        Span<byte> after = stackalloc byte[96];
        var length = 0;
        if (continuation is not null && !Convert.TryFromBase64String(continuation, after, out length))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, "The continuation token is not one that this hub gave.");
        }

        var last = Encoding.UTF8.GetString(after[..length]);
        lock (_gate)
        {
            var page = _jobs.Values
                .Where(job => string.CompareOrdinal(job.Id, last) > 0 && (type is null || job.Request.Type == type) && (status is null || job.Status == status))
                .OrderBy(job => job.Id, StringComparer.Ordinal)
                .Take((pageSize ?? DefaultPage) + 1)
                .ToList();
            var isMore = page.Count > (pageSize ?? DefaultPage);
            if (isMore)
            {
                page.RemoveAt(page.Count - 1);
            }

            return new JobPage(page.ConvertAll(ResponseOf), isMore ? Convert.ToBase64String(Encoding.UTF8.GetBytes(page[^1].Id)) : null);
        }
    }

    /// <summary>Cancels a job: devices that have not begun are left alone. A job that has ended stays as it is.</summary>
    /// <returns>The job; or 404002, 403010, 429001.</returns>
    public async ValueTask<HubResult<JobResponse>> CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (TakeCall() is { } refused)
        {
            return refused;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CancellationTokenSource? cancel;
            ScheduledJob? job;
            lock (_gate)
            {
                if (!_jobs.TryGetValue(id, out job))
                {
                    return NotFound(id);
                }

                cancel = _running.TryGetValue(id, out var run) ? run.Cancel : null;
            }

            if (!job.HasEnded)
            {
                var cancelled = job with { Status = JobStatus.Cancelled, Ended = _parts.Time.GetUtcNow(), IsSettled = job.Status == JobStatus.Queued };
                await StoreAsync(cancelled, new StateTransaction(), CancellationToken.None).ConfigureAwait(false);
                if (cancel is not null)
                {
                    await cancel.CancelAsync().ConfigureAwait(false);
                }
            }

            lock (_gate)
            {
                return ResponseOf(_jobs[id]);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    void ISessionObserver.Opened(DeviceSession session)
    {
    }

    /// <inheritdoc/>
    void ISessionObserver.Enabled(DeviceSession session, DeviceFeatures added)
    {
        if ((added & DeviceFeatures.Methods) != 0 && Volatile.Read(ref _online).Task is { IsCompleted: false })
        {
            Volatile.Read(ref _online).TrySetResult();
        }
    }

    /// <inheritdoc/>
    void ISessionObserver.Closed(DeviceSession session, CloseReason reason)
    {
    }

    /// <summary>Stops; jobs that run go on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _scheduler.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] running;
        lock (_gate)
        {
            running = [.. _running.Values.Select(run => run.Task)];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _changing.Dispose();
    }

    /// <summary>Reads the jobs and goes on with those that were running.</summary>
    internal static async Task<ScheduledJobs> OpenAsync(ScheduledJobParts parts, CancellationToken cancellationToken)
    {
        var stored = new List<ScheduledJob>();
        await foreach (var document in parts.Store.ScanAsync(new StateScan(ScheduledJobCodec.Collection), cancellationToken).ConfigureAwait(false))
        {
            stored.Add(ScheduledJobCodec.Decode(document));
        }

        var jobs = new ScheduledJobs(parts, stored);
        jobs._scheduler = Task.Run(jobs.ScheduleAsync, CancellationToken.None);
        return jobs;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static HubError NotFound(string id) => new(HubErrorCode.JobNotFound, $"There is no job '{id}'.");

    // A tier without jobs has no operations of their devices.
    private HubError? TakeCall() => _parts.Throttle.TryTake(ThrottledOperation.Job)
        ?? (_parts.Throttle.TryTake(ThrottledOperation.JobDevice, cost: 0) is { Code: HubErrorCode.OperationNotAvailableInCurrentTier } notInTier ? notInTier : null);

    private void Wake() => Volatile.Read(ref _wake).TrySetResult();

    private Task CameOnline()
    {
        // A new signal before the devices are looked at: none that comes meanwhile is missed.
        if (Volatile.Read(ref _online) is { Task.IsCompleted: true } old)
        {
            Interlocked.CompareExchange(ref _online, NewSignal(), old);
        }

        return Volatile.Read(ref _online).Task;
    }

    // The gate is held.
    private JobResponse ResponseOf(ScheduledJob job) => job.ToResponse(
        !job.IsSettled && _running.TryGetValue(job.Id, out var run) ? run.Tally.Read() : job.Statistics);

    private async Task StoreAsync(ScheduledJob job, StateTransaction transaction, CancellationToken cancellationToken)
    {
        await _parts.Store.CommitAsync(
            transaction.Put(ScheduledJobCodec.Collection, job.Id, ScheduledJobCodec.Encode(job)), cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _jobs[job.Id] = job;
        }
    }

    private async Task ScheduleAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var wake = NewSignal();
            Volatile.Write(ref _wake, wake);
            var wait = s_sweepInterval;
            try
            {
                await SweepAsync().ConfigureAwait(false);
                wait = Begin();
            }
            catch (StorageUnavailableException e)
            {
                Log.Waiting(_parts.Logger, e.Message);
                wait = s_retryDelay;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await Task.WhenAny(wake.Task, Task.Delay(wait, _parts.Time, either.Token)).ConfigureAwait(false);
            await either.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Begins the jobs whose time has come, as many as may run at once.</summary>
    /// <returns>How long to wait for the next.</returns>
    private TimeSpan Begin()
    {
        var now = _parts.Time.GetUtcNow();
        lock (_gate)
        {
            var left = _jobs.Values.Where(job => !job.IsSettled && !_running.ContainsKey(job.Id)).ToList();

            // What ran before a restart, or has to be tidied up after a cancellation, comes before what waits.
            foreach (var job in left.Where(job => job.Status != JobStatus.Queued || job.Start <= now).OrderBy(job => job.Status == JobStatus.Queued).ThenBy(job => job.Start))
            {
                if (_running.Count >= _parts.Throttle.ConcurrentJobs)
                {
                    return s_sweepInterval; // The next end wakes us.
                }

                var (tally, cancel) = (new JobTally(), CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
                _running.Add(job.Id, (tally, cancel, Task.Run(() => RunAsync(job.Id, tally, cancel), CancellationToken.None)));
            }

            var next = left.Where(job => job.Status == JobStatus.Queued && job.Start > now).Select(job => job.Start - now).DefaultIfEmpty(s_sweepInterval).Min();
            return next < s_sweepInterval ? next : s_sweepInterval;
        }
    }

    private async Task RunAsync(string id, JobTally tally, CancellationTokenSource cancel)
    {
        using (cancel)
        {
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    await RunToEndAsync(id, tally, cancel.Token).ConfigureAwait(false);
                    break;
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                    // Stopping: the next start goes on. Cancelled: once more, to tidy up.
                }
                catch (StorageUnavailableException e)
                {
                    Log.Waiting(_parts.Logger, e.Message);
                    await Task.Delay(s_retryDelay, _parts.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
#pragma warning disable CA1031 // A bug ends the job, not the hub.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    Log.Failed(_parts.Logger, id, e);
                    await ((Task)FailAsync(id)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                }
            }

            lock (_gate)
            {
                _running.Remove(id);
            }
        }

        Wake();
    }

    private async Task RunToEndAsync(string id, JobTally tally, CancellationToken cancellationToken)
    {
        var job = await ChangeAsync(id, job => job.Status == JobStatus.Queued ? job with { Status = JobStatus.Running, Started = _parts.Time.GetUtcNow() } : job).ConfigureAwait(false);
        if (job.IsSettled)
        {
            return;
        }

        if (!job.HasEnded)
        {
            Log.Started(_parts.Logger, job.Request.Type, id);
            await new ScheduledRun(_parts, job, tally, StoreProgressAsync).RunAsync(CameOnline, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Cancelled: who did not begin will not.
            await new ScheduledRun(_parts, job, tally, StoreProgressAsync).SettleAsync(DeviceJobState.Canceled, null, _stopping.Token).ConfigureAwait(false);
        }

        var ended = await ChangeAsync(id, now => (now.HasEnded ? now : now with { Status = JobStatus.Completed, Ended = _parts.Time.GetUtcNow() }) with
        {
            IsSettled = true,
            Statistics = tally.Read(),
        }).ConfigureAwait(false);
        Log.Ended(_parts.Logger, ended.Request.Type, id, ended.Status, ended.Statistics.SucceededCount, ended.Statistics.FailedCount);
    }

    private Task<ScheduledJob> FailAsync(string id) => ChangeAsync(id, job => job with
    {
        Status = JobStatus.Failed,
        Ended = _parts.Time.GetUtcNow(),
        IsSettled = true,
        FailureReason = "The hub failed; its log has the cause under the job's id.",
    });

    // As a run goes on; a cancellation meanwhile stands.
    private async Task StoreProgressAsync(ScheduledJob job, StateTransaction transaction, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            await StoreAsync(job, transaction, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task<ScheduledJob> ChangeAsync(string id, Func<ScheduledJob, ScheduledJob> change)
    {
        await _changing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            ScheduledJob before;
            lock (_gate)
            {
                before = _jobs[id];
            }

            var after = change(before);
            if (after != before)
            {
                await StoreAsync(after, new StateTransaction(), _stopping.Token).ConfigureAwait(false);
            }

            return after;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Forgets jobs that ended long ago, their rows first.</summary>
    private async Task SweepAsync()
    {
        List<ScheduledJob> old;
        lock (_gate)
        {
            var oldest = _parts.Time.GetUtcNow() - s_keptFor;
            var settled = _jobs.Values.Where(job => job.IsSettled).OrderByDescending(job => job.Ended).ToList();
            old = [.. settled.Where((job, index) => index >= MaxKept - MaxActive || job.Ended < oldest)];
        }

        foreach (var job in old)
        {
            while (true)
            {
                var transaction = new StateTransaction();
                var rows = new StateScan(TwinQueries.JobsCollection) { Prefix = DeviceJobRow.PrefixOf(job.Id), Limit = DeleteBatch };
                await foreach (var row in _parts.Store.ScanAsync(rows, _stopping.Token).ConfigureAwait(false))
                {
                    transaction.Delete(TwinQueries.JobsCollection, row.Key);
                }

                if (transaction.Writes.Count == 0)
                {
                    break;
                }

                await _parts.Store.CommitAsync(transaction, _stopping.Token).ConfigureAwait(false);
            }

            await _parts.Store.CommitAsync(new StateTransaction().Delete(ScheduledJobCodec.Collection, job.Id), _stopping.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _jobs.Remove(job.Id);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Type} job {Id} runs")]
        public static partial void Started(ILogger logger, JobType type, string id);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Type} job {Id} is {Status}: {Succeeded} devices succeeded, {Failed} failed")]
        public static partial void Ended(ILogger logger, JobType type, string id, JobStatus status, int succeeded, int failed);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A job waits: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "Job {Id} failed.")]
        public static partial void Failed(ILogger logger, string id, Exception exception);
    }
}
