using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Limits;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>
/// Carries out one scheduled job. First every device that it is about gets a row, then each row gets its outcome, once: a twin's change
/// and its row are one transaction, a method that has no outcome yet is invoked (again, if the process ended while the device was at it).
/// </summary>
/// <param name="parts">What it stands on.</param>
/// <param name="job">The job, which runs.</param>
/// <param name="tally">Counts for those who look at it.</param>
/// <param name="store">Stores the job as it goes on.</param>
internal sealed class ScheduledRun(ScheduledJobParts parts, ScheduledJob job, JobTally tally, Func<ScheduledJob, StateTransaction, CancellationToken, Task> store)
{
    /// <summary>How many devices one job works on at once. Ours: enough that devices which answer slowly do not hold up the others.</summary>
    internal const int MaxConcurrency = 256;

    private const int RowsPerCommit = 500;

    private static readonly TimeSpan s_shortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_throttlePause = TimeSpan.FromMilliseconds(100);

    private static readonly HubError s_neverBegun = new(
        HubErrorCode.JobRunPreconditionFailed, "The time of the job ended before the device was connected and could begin.");

    private ScheduledJob _job = job;
    private Exception? _failure;

    private DateTimeOffset Deadline => (_job.Started ?? _job.Start) + _job.MaxTime;

    /// <summary>Works until every device has its outcome or the job's time has ended.</summary>
    /// <param name="cameOnline">Completes when a device may have become reachable; asked for anew each time.</param>
    /// <param name="cancellationToken">Ends the work; rows without an outcome stay as they are.</param>
    public async Task RunAsync(Func<Task> cameOnline, CancellationToken cancellationToken)
    {
        await CountAsync(cancellationToken).ConfigureAwait(false);
        if (!_job.IsExpanded)
        {
            await ExpandAsync(cancellationToken).ConfigureAwait(false);
        }

        var left = Deadline - parts.Time.GetUtcNow();
        using var late = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            while (left > TimeSpan.Zero)
            {
                var online = cameOnline();
                var began = parts.Time.GetTimestamp();
                await PassAsync(cancellationToken, either.Token).ConfigureAwait(false);
                if (tally.Read().PendingCount == 0 || late.IsCancellationRequested)
                {
                    break;
                }

                // A pass over many rows is dear: it may take a fifth of the time at most.
                var pause = parts.Time.GetElapsedTime(began) * 4;
                await Task.Delay(pause > s_shortestPause ? pause : s_shortestPause, parts.Time, either.Token).ConfigureAwait(false);
                await Task.WhenAny(online, Task.Delay(s_longestPause, parts.Time, either.Token)).ConfigureAwait(false);
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // What is left fails below.
        }

        await SettleAsync(DeviceJobState.Failed, s_neverBegun, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives every row without an outcome one.</summary>
    public async Task SettleAsync(DeviceJobState state, HubError? error, CancellationToken cancellationToken)
    {
        var transaction = new StateTransaction();
        await foreach (var row in parts.Store.ScanAsync(DeviceJobRow.ScanOf(_job.Id, DeviceJobState.Pending), cancellationToken).ConfigureAwait(false))
        {
            DeviceJobRow.Put(transaction, _job, DeviceJobRow.IdOf(_job.Id, row.Key), state, parts.Time.GetUtcNow(), error: error);
            if (transaction.Writes.Count == RowsPerCommit)
            {
                await parts.Store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
                transaction = new StateTransaction();
            }
        }

        if (transaction.Writes.Count > 0)
        {
            await parts.Store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }

        await CountAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        var devices = await parts.Store.CountAsync(
            new StateScan(TwinQueries.JobsCollection) { Prefix = DeviceJobRow.PrefixOf(_job.Id) }, cancellationToken).ConfigureAwait(false);
        tally.Reset(
            devices,
            await CountAsync(DeviceJobState.Completed, cancellationToken).ConfigureAwait(false),
            await CountAsync(DeviceJobState.Failed, cancellationToken).ConfigureAwait(false));
    }

    private ValueTask<long> CountAsync(DeviceJobState state, CancellationToken cancellationToken) =>
        parts.Store.CountAsync(DeviceJobRow.ScanOf(_job.Id, state), cancellationToken);

    private async Task ExpandAsync(CancellationToken cancellationToken)
    {
        if (!ScheduledJobRequest.TryReadCondition(_job.Request.QueryCondition, out var query, out var error))
        {
            throw new InvalidDataException(error.Message); // It was checked when the job was made.
        }

        var transaction = new StateTransaction();
        var last = _job.ExpandedTo;
        await foreach (var key in parts.Queries.FindKeysAsync(query, last, cancellationToken).ConfigureAwait(false))
        {
            DeviceJobRow.Put(transaction, _job, IdentityKey.Parse(key), DeviceJobState.Pending, parts.Time.GetUtcNow());
            last = key;
            if (transaction.Writes.Count == RowsPerCommit)
            {
                await StoreAsync(_job with { ExpandedTo = last }, transaction, cancellationToken).ConfigureAwait(false);
                transaction = new StateTransaction();
            }
        }

        await StoreAsync(_job with { ExpandedTo = last, IsExpanded = true }, transaction, cancellationToken).ConfigureAwait(false);
    }

    private async Task StoreAsync(ScheduledJob changed, StateTransaction rows, CancellationToken cancellationToken)
    {
        var count = rows.Writes.Count;
        await store(changed, rows, cancellationToken).ConfigureAwait(false);
        _job = changed;
        tally.Found(count);
    }

    /// <summary>Works on every row that waits and whose device can be reached.</summary>
    /// <param name="cancellationToken">Ends what was begun.</param>
    /// <param name="begin">Ends the beginning of more.</param>
    private async Task PassAsync(CancellationToken cancellationToken, CancellationToken begin)
    {
        using var free = new SemaphoreSlim(MaxConcurrency);
        try
        {
            await foreach (var row in parts.Store.ScanAsync(DeviceJobRow.ScanOf(_job.Id, DeviceJobState.Pending), cancellationToken).ConfigureAwait(false))
            {
                begin.ThrowIfCancellationRequested();
                var id = DeviceJobRow.IdOf(_job.Id, row.Key);
                if (_job.Request.Type == JobType.ScheduleDeviceMethod && !IsReachable(id))
                {
                    continue;
                }

                await PaceAsync(begin).ConfigureAwait(false);
                await free.WaitAsync(begin).ConfigureAwait(false);
                _ = WorkAsync(id, free, cancellationToken);
            }
        }
        finally
        {
            // Each that is under way ends by itself: a method has its time-out, a commit its end.
            for (var i = 0; i < MaxConcurrency; i++)
            {
                await free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        if (_failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private bool IsReachable(IdentityId id) =>
        parts.Connections.Find(id) is { IsOpen: true } session && (session.Features & DeviceFeatures.Methods) != 0;

    // A named tier permits so many devices a second; the job waits for its turn.
    private async ValueTask PaceAsync(CancellationToken cancellationToken)
    {
        while (parts.Throttle.TryTake(ThrottledOperation.JobDevice) is { Code: HubErrorCode.ThrottlingException })
        {
            await Task.Delay(s_throttlePause, parts.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WorkAsync(IdentityId id, SemaphoreSlim free, CancellationToken cancellationToken)
    {
        tally.Began();
        try
        {
            var started = parts.Time.GetUtcNow();
            await (_job.Request.Type == JobType.ScheduleDeviceMethod
                ? InvokeAsync(id, started, cancellationToken)
                : PatchAsync(id, started, cancellationToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Its row waits for the next run, or for the end of the job.
        }
#pragma warning disable CA1031 // Thrown again by the pass: nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
        finally
        {
            tally.Stopped();
            free.Release();
        }
    }

    private async Task PatchAsync(IdentityId id, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var twin = _job.Request.UpdateTwin;
        var error = await parts.Twins.PatchForJobAsync(
            id,
            twin.Utf8,
            ScheduledJobRequest.EtagOf(twin),
            transaction => DeviceJobRow.Put(transaction, _job, id, DeviceJobState.Completed, parts.Time.GetUtcNow(), started),
            cancellationToken).ConfigureAwait(false);
        if (error is { Code: HubErrorCode.ThrottlingException })
        {
            return; // Too many wait for this twin: later.
        }

        if (error is not null)
        {
            await CommitAsync(id, DeviceJobState.Failed, started, null, error).ConfigureAwait(false);
        }

        tally.Ended(error is null);
    }

    private async Task InvokeAsync(IdentityId id, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var answer = await parts.Methods.InvokeAsync(id, _job.Request.CloudToDeviceMethod!, cancellationToken).ConfigureAwait(false); // A job of this type has one.
        if (answer.Error?.Code is HubErrorCode.DeviceNotOnline or HubErrorCode.DeviceMaximumInflightMethodExceeded or HubErrorCode.ThrottlingException)
        {
            return; // It did not begin: later, as long as there is time.
        }

        await CommitAsync(id, answer.IsSuccess ? DeviceJobState.Completed : DeviceJobState.Failed, started, answer.Value, answer.Error).ConfigureAwait(false);
        tally.Ended(answer.IsSuccess);
    }

    private async Task CommitAsync(IdentityId id, DeviceJobState state, DateTimeOffset started, DirectMethodResponse? answer, HubError? error)
    {
        // Not to be cancelled: the device has done it.
        var transaction = new StateTransaction();
        DeviceJobRow.Put(transaction, _job, id, state, parts.Time.GetUtcNow(), started, answer, error);
        await parts.Store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
    }
}
