using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Work;

/// <summary>When to try again, and when to stop: a schedule of the configuration, with jitter.</summary>
internal sealed class RetryPolicy(RetrySchedule schedule)
{
    // So that a thousand devices that failed at the same moment do not come again at the same moment.
    private const double Jitter = 0.2;

    /// <summary>Tells how long to wait after a failure: the schedule's wait less up to a fifth of it.</summary>
    /// <param name="failures">How many failures there are, with this one: 1 or more.</param>
    /// <param name="since">When the first attempt was.</param>
    /// <param name="now">The present.</param>
    /// <param name="random">Spreads the retries.</param>
    /// <returns><see langword="null"/> = give up.</returns>
    public TimeSpan? Next(int failures, DateTimeOffset since, DateTimeOffset now, Random random) =>
        failures > schedule.MaxCount || now - since >= schedule.Timeout ? null : schedule.Wait(failures) * (1 - (Jitter * random.NextDouble()));
}
