namespace Nave.Fleet.Sync.Work;

/// <summary>When to try again, and when to stop.</summary>
/// <param name="First">The first interval.</param>
/// <param name="Longest">What intervals double up to.</param>
/// <param name="MaxRetries">How many retries follow the first attempt.</param>
/// <param name="Timeout">After what time since the first attempt none follows.</param>
internal sealed record RetryPolicy(TimeSpan First, TimeSpan Longest, int MaxRetries, TimeSpan Timeout)
{
    // So that a thousand devices that failed at the same moment do not come again at the same moment.
    private const double Jitter = 0.2;

    /// <summary>Tells how long to wait after a failure: the interval doubled for each failure before, less up to a fifth of it.</summary>
    /// <param name="failures">How many failures there are, with this one: 1 or more.</param>
    /// <param name="since">When the first attempt was.</param>
    /// <param name="now">The present.</param>
    /// <param name="random">Spreads the retries.</param>
    /// <returns><see langword="null"/> = give up.</returns>
    public TimeSpan? Next(int failures, DateTimeOffset since, DateTimeOffset now, Random random)
    {
        if (failures > MaxRetries || now - since >= Timeout)
        {
            return null;
        }

        // 2^30 first intervals are more than any longest one; the exponent must not overflow.
        var interval = Math.Min(First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)), Longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(interval * (1 - (Jitter * random.NextDouble())));
    }
}
