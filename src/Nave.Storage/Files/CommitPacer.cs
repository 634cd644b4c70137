namespace Nave.Storage.Files;

/// <summary>
/// Decides how long a small commit waits for company. Waiting pays when records come from many producers: one sync
/// serves them all. It does not when the producers wait for their acknowledgements: then nothing comes meanwhile, and
/// the pacer stops waiting, but for a try now and then.
/// </summary>
internal sealed class CommitPacer(TimeSpan interval, TimeProvider time)
{
    private const int MaxSkips = 64; // a lone producer in a closed loop then waits in vain once in 64 commits

    private long _lastStart = time.GetTimestamp() - time.TimestampFrequency;
    private int _skips;
    private int _backoff;

    /// <summary>Notes that a commit begins.</summary>
    public void Started() => _lastStart = time.GetTimestamp();

    /// <summary>Gets how long to wait before a small commit.</summary>
    public TimeSpan NextWait()
    {
        var left = interval - time.GetElapsedTime(_lastStart);
        if (left <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        if (_skips > 0)
        {
            _skips--;
            return TimeSpan.Zero;
        }

        return left < interval ? left : interval;
    }

    /// <summary>Learns from a wait.</summary>
    /// <param name="before">The records staged when it began.</param>
    /// <param name="after">The records staged when it ended.</param>
    public void Waited(int before, int after)
    {
        if (after - before >= before)
        {
            _backoff = 0;
            return;
        }

        _backoff = Math.Clamp(_backoff * 2, 1, MaxSkips);
        _skips = _backoff;
    }
}
