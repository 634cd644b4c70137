namespace Nave.Client;

/// <summary>How long to wait before the next attempt: doubling from the first delay to the longest, each between half and all of it.</summary>
/// <param name="first">The first delay.</param>
/// <param name="longest">The longest delay.</param>
/// <param name="random">Spreads clients that lost their hub at the same moment.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _attempts;

    public void Reset() => _attempts = 0;

    public TimeSpan Next()
    {
        // 2^30 seconds are more than any longest delay; the exponent must not overflow.
        var delay = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 30)), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(delay * (0.5 + (0.5 * random.NextDouble())));
    }
}
