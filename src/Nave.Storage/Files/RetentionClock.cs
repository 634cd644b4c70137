namespace Nave.Storage.Files;

/// <summary>
/// The time by which retention judges age. It follows the wall clock, with one exception: a jump ahead is believed only once it has
/// lasted for an hour. A time server's slip, or a wrong key at a console, is put right sooner than that, and must not have deleted
/// events that were to be kept for days. A step back is followed at once: it deletes nothing.
/// </summary>
internal sealed class RetentionClock
{
    // What is no jump: the slewing of a time server and the distance between two looks.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_proof = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private DateTimeOffset _believed;
    private long _stamp;
    private long? _jumped;

    public RetentionClock(TimeProvider time)
    {
        _time = time;
        _stamp = time.GetTimestamp();
        _believed = time.GetUtcNow();
    }

    /// <summary>Gets a value indicating whether a jump ahead is being waited out.</summary>
    public bool IsWaiting => _jumped is not null;

    /// <summary>Looks at the clocks.</summary>
    /// <returns>The time to judge by.</returns>
    public DateTimeOffset Read()
    {
        var stamp = _time.GetTimestamp();
        var wall = _time.GetUtcNow();
        var expected = _believed + _time.GetElapsedTime(_stamp, stamp);
        _stamp = stamp;
        if (wall <= expected + s_tolerance)
        {
            _jumped = null;
            return _believed = wall;
        }

        _jumped ??= stamp;
        if (_time.GetElapsedTime(_jumped.Value, stamp) >= s_proof)
        {
            _jumped = null;
            return _believed = wall;
        }

        return _believed = expected;
    }
}
