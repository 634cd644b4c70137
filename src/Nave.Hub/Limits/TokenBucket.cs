namespace Nave.Hub.Limits;

/// <summary>
/// A token bucket without a lock, as one number: the time at which the bucket is full again (the generic cell rate algorithm).
/// It starts full. A cost above the bucket's size is let through when the bucket is full, and paid off afterwards.
/// </summary>
internal sealed class TokenBucket(RateLimit limit, TimeProvider time)
{
    private readonly double _ticksPerToken = limit.Window.TotalSeconds * time.TimestampFrequency / limit.Tokens;
    private readonly long _burst = (long)(limit.Window.TotalSeconds * time.TimestampFrequency);
    private long _fullAt = long.MinValue;

    /// <summary>Takes tokens.</summary>
    /// <returns><see langword="false"/> if there are not enough; nothing was taken.</returns>
    public bool TryTake(int cost)
    {
        var price = (long)(cost * _ticksPerToken);
        while (true)
        {
            var now = time.GetTimestamp();
            var fullAt = Volatile.Read(ref _fullAt);
            var from = Math.Max(fullAt, now);
            if (from + price - now > _burst && from != now)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _fullAt, from + price, fullAt) == fullAt)
            {
                return true;
            }
        }
    }
}
