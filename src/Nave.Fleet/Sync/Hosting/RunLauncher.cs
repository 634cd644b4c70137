using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Starts runs inside the serving process, one at a time: what comes while one is under way is refused, not kept.</summary>
/// <param name="run">Runs once: the trigger (<c>schedule</c> or <c>http</c>), and how to end it.</param>
/// <param name="logger">The log.</param>
/// <param name="stopping">Ends runs.</param>
internal sealed partial class RunLauncher(Func<string, CancellationToken, Task<SyncRun>> run, ILogger<RunLauncher> logger, CancellationToken stopping)
{
    private readonly Lock _gate = new();
    private Task _current = Task.CompletedTask;

    /// <summary>Gets a value indicating whether a run is under way.</summary>
    public bool IsRunning => !Current.IsCompleted;

    /// <summary>Gets the run that is under way or was last; it never fails.</summary>
    public Task Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Starts a run.</summary>
    /// <param name="trigger"><c>schedule</c> or <c>http</c>.</param>
    /// <param name="started">Ends with the run; it never fails.</param>
    /// <returns><see langword="false"/> if one is under way, or the process stops.</returns>
    public bool TryStart(string trigger, out Task started)
    {
        lock (_gate)
        {
            started = _current;
            if (!_current.IsCompleted || stopping.IsCancellationRequested)
            {
                SyncTelemetry.RunEnded(trigger, "skipped");
                return false;
            }

            _current = started = RunAsync(trigger);
            return true;
        }
    }

    private async Task RunAsync(string trigger)
    {
        await Task.Yield();
        try
        {
            var ended = await run(trigger, stopping).ConfigureAwait(false);
            SyncTelemetry.RunEnded(trigger, ended.Outcome == SyncRunOutcome.Succeeded ? "done" : "failed");
            Log.Ended(logger, ended.Id, ended.Outcome, ended.Created, ended.Updated, ended.Deleted, ended.Failed);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Log.BrokenOff(logger);
        }
#pragma warning disable CA1031 // A run that fails must not end the process: the next may work.
        catch (Exception e)
#pragma warning restore CA1031
        {
            SyncTelemetry.RunEnded(trigger, "failed");
            Log.Failed(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Run {RunId} ended: {Outcome}; {Created} created, {Updated} updated, {Deleted} deleted, {Failed} failed.")]
        public static partial void Ended(ILogger logger, string runId, SyncRunOutcome outcome, long created, long updated, long deleted, long failed);

        [LoggerMessage(2, LogLevel.Warning, "A run was broken off, for the process stops; the next goes on.")]
        public static partial void BrokenOff(ILogger logger);

        [LoggerMessage(3, LogLevel.Error, "A run failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
