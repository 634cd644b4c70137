using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Telemetry;
using Nave.Storage;

namespace Nave.Fleet.Sync.Work;

/// <summary>
/// Works the queue off: several devices at a time, each by itself, so one that fails or hangs holds up no other. Failures come again as
/// the retry settings say, or become dead letters.
/// </summary>
internal sealed partial class WorkDispatcher : IDisposable
{
    // A store whose disk is full is asked again after such a time.
    private static readonly TimeSpan s_storePause = TimeSpan.FromSeconds(2);

    private readonly WorkQueue _queue;
    private readonly IWorkHandler _handler;
    private readonly WorkDispatcherOptions _options;
    private readonly SyncEvents _events;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkDispatcher> _logger;
    private readonly SemaphoreSlim _slots;

    public WorkDispatcher(
        WorkQueue queue, IWorkHandler handler, WorkDispatcherOptions options, SyncEvents events, TimeProvider time, ILogger<WorkDispatcher> logger)
    {
        _queue = queue;
        _handler = handler;
        _options = options;
        _events = events;
        _time = time;
        _logger = logger;
        _slots = new SemaphoreSlim(options.Concurrency, options.Concurrency);
    }

    /// <summary>Gets how many devices are worked on now.</summary>
    public int Running => _options.Concurrency - _slots.CurrentCount;

    /// <summary>Works until it is stopped; then what is under way may end, and what does not is left in the queue.</summary>
    /// <param name="stopping">Stops taking work.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var abort = new CancellationTokenSource();
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await _slots.WaitAsync(stopping).ConfigureAwait(false);
                _slots.Release();
                var changed = _queue.Changed;
                try
                {
                    var claims = await _queue.ClaimAsync(Math.Max(1, _slots.CurrentCount), stopping).ConfigureAwait(false);
                    foreach (var claim in claims)
                    {
                        await _slots.WaitAsync(CancellationToken.None).ConfigureAwait(false); // Nobody else takes slots.
                        _ = ProcessAsync(claim, abort.Token);
                    }

                    if (claims.Count == 0)
                    {
                        await WaitAsync(changed, stopping).ConfigureAwait(false);
                    }
                }
                catch (StorageUnavailableException e)
                {
                    Log.StoreFailed(_logger, e);
                    await Task.Delay(s_storePause, _time, stopping).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }

        // All slots free = nothing under way.
        await using (_time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), abort, _options.StopTimeout, Timeout.InfiniteTimeSpan))
        {
            for (var i = 0; i < _options.Concurrency; i++)
            {
                await _slots.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        _slots.Release(_options.Concurrency);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task WaitAsync(Task changed, CancellationToken stopping)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var due = await _queue.NextDueAsync(stopping).ConfigureAwait(false);
        var delay = due - _time.GetUtcNow();

        // Not beyond a day: a clock that is set back must not put off work for ever.
        var timer = delay is { } span
            ? Task.Delay(TimeSpan.FromTicks(Math.Clamp(span.Ticks, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerDay)), _time, wait.Token)
            : Task.Delay(TimeSpan.FromDays(1), _time, wait.Token);
        await Task.WhenAny(changed, timer).ConfigureAwait(false);
        await wait.CancelAsync().ConfigureAwait(false);
    }

    private async Task ProcessAsync(WorkItem claim, CancellationToken abort)
    {
        // Not on the loop's thread: a handler may take long before its first await.
        await Task.Yield();
        try
        {
            using var work = CancellationTokenSource.CreateLinkedTokenSource(abort);
            await using (_time.CreateTimer(_ => _ = RenewAsync(claim, work), null, _options.RenewInterval, _options.RenewInterval))
            {
                await AttemptAsync(claim, work.Token).ConfigureAwait(false);
            }
        }
        catch (StorageUnavailableException e)
        {
            // The lease ends by itself, and the item comes again.
            Log.StoreFailed(_logger, e);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task AttemptAsync(WorkItem claim, CancellationToken cancellationToken)
    {
        using var activity = SyncTelemetry.Activities.StartActivity("sync.work");
        activity?.SetTag("nave.device_id", claim.DeviceId).SetTag("nave.operation", SyncTelemetry.NameOf(claim.Operation));
        var began = _time.GetTimestamp();
        WorkResult result;
        try
        {
            result = await _handler.RunAsync(claim, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _queue.ReleaseAsync(claim, CancellationToken.None).ConfigureAwait(false);
            return;
        }
#pragma warning disable CA1031 // Whatever one device does must not end the work on all others; it is logged, and given up as the settings say.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.Unexpected(_logger, claim.DeviceId, e);
            result = WorkResult.Retry(WorkPhase.ExternalCall, $"Unexpected {e.GetType().Name}; the log has more.");
        }

        SyncTelemetry.Worked(claim, result, _time.GetElapsedTime(began));
        activity?.SetStatus(result.Verdict == WorkVerdict.Done ? ActivityStatusCode.Ok : ActivityStatusCode.Error, result.Reason);
        await SettleAsync(claim, result).ConfigureAwait(false);
    }

    private async Task SettleAsync(WorkItem claim, WorkResult result)
    {
        if (result.Verdict == WorkVerdict.Done)
        {
            await _queue.CompleteAsync(claim, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        var failures = claim.Phase == result.Phase ? claim.Attempts + 1 : 1;
        var since = claim.Phase == result.Phase ? claim.PhaseSince : _time.GetUtcNow();
        var delay = result.Verdict == WorkVerdict.Permanent ? null : _options.PolicyOf(result.Phase).Next(failures, since, _time.GetUtcNow(), _options.Random);
        if (delay is { } span)
        {
            var pause = result.RetryAfter is { } asked && asked > span ? asked : span;
            await _queue.RetryAsync(claim, result.Phase, pause, result.Reason, CancellationToken.None).ConfigureAwait(false);
            _events.Emit(SyncTelemetry.TransientEvent(result.Operation ?? claim.Operation, result.Phase), _options.Hub, claim.DeviceId, runId: null, result.Reason);
        }
        else if (await _queue.GiveUpAsync(
            claim, result.Phase, result.Reason, result.Verdict == WorkVerdict.Permanent, CancellationToken.None).ConfigureAwait(false))
        {
            _events.Emit(SyncTelemetry.FinalEvent(result.Operation ?? claim.Operation, result.Phase), _options.Hub, claim.DeviceId, runId: null, result.Reason);
        }
    }

    private async Task RenewAsync(WorkItem claim, CancellationTokenSource work)
    {
        try
        {
            if (!await _queue.RenewAsync(claim, work.Token).ConfigureAwait(false))
            {
                // Another has it: two must not work on one device.
                await work.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is StorageUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // The next renewal is well before the lease ends; and work that has ended needs none.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The store of work cannot be used; work waits.")]
        public static partial void StoreFailed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "Work on device '{DeviceId}' ended in a way that is not foreseen.")]
        public static partial void Unexpected(ILogger logger, string deviceId, Exception exception);
    }
}
