using System.Diagnostics;

namespace Nave.Cli.Bench;

/// <summary>Does one thing again and again, in several lanes at a time: as fast as it goes, or at a rate.</summary>
internal static class LoadLoop
{
    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="lanes">How many at a time.</param>
    /// <param name="rate">How often a second in all; <see langword="null"/> = as often as it goes.</param>
    /// <param name="meter">Counts each.</param>
    /// <param name="operation">What is done; gets the lane. Expected failures are exceptions.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public static Task RunAsync(
        int lanes, double? rate, BenchMeter meter, Func<int, CancellationToken, ValueTask> operation, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.Run(
            () => RunLaneAsync(lane, lanes, rate, meter, operation, cancellationToken), CancellationToken.None)));

    private static async Task RunLaneAsync(
        int lane, int lanes, double? rate, BenchMeter meter, Func<int, CancellationToken, ValueTask> operation, CancellationToken cancellationToken)
    {
        // At a rate, lanes take turns, and one that is late does not wait: the load does not ease when the hub is slow.
        var interval = rate is { } perSecond ? TimeSpan.FromSeconds(lanes / perSecond) : TimeSpan.Zero;
        var next = interval * ((double)lane / lanes);
        var began = Stopwatch.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var wait = next - Stopwatch.GetElapsedTime(began);
            if (interval > TimeSpan.Zero && wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            next += interval;
            var start = Stopwatch.GetTimestamp();
            try
            {
                await operation(lane, cancellationToken);
                meter.Done(start);
            }
            catch (Exception e) when (Failure.TryDescribe(e, out _, out _))
            {
                meter.Failed();
                await Task.Yield();
            }
        }
    }
}
