using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.Schedules;

/// <summary>
/// Does something at the times of a schedule, in UTC. It never overlaps itself: times that pass while it still works are left out, not
/// made up for. Neither are those that passed while no process ran.
/// </summary>
internal sealed partial class ScheduleRunner(CronSchedule schedule, Func<CancellationToken, Task> action, TimeProvider time, ILogger<ScheduleRunner> logger)
{
    // A timer takes no more than 49 days, and a clock that is set forward is seen after this time.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(10);

    private long _nextTicks;

    /// <summary>Gets the next time; <see langword="null"/> before the start and when there is none.</summary>
    public DateTimeOffset? Next => Interlocked.Read(ref _nextTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Runs until it is stopped.</summary>
    /// <param name="stopping">Ends the waiting, and is given to the action.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (schedule.Next(time.GetUtcNow()) is { } next)
            {
                Interlocked.Exchange(ref _nextTicks, next.UtcTicks);
                while (time.GetUtcNow() is var now && now < next)
                {
                    // Rounded up: a timer that fires a little early would run the same time twice.
                    var wait = TimeSpan.FromMilliseconds(Math.Ceiling((next - now).TotalMilliseconds));
                    await Task.Delay(wait < s_longestWait ? wait : s_longestWait, time, stopping).ConfigureAwait(false);
                }

                try
                {
                    await action(stopping).ConfigureAwait(false);
                }
#pragma warning disable CA1031 // One run that fails must not end the schedule.
                catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    Log.Failed(logger, schedule, e);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The run of schedule '{Schedule}' failed; the next comes as planned.")]
        public static partial void Failed(ILogger logger, CronSchedule schedule, Exception exception);
    }
}
