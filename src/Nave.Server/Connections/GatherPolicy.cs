namespace Nave.Server.Connections;

/// <summary>
/// Decides whether an event loop lets arrivals gather before it looks again. A sparse fleet wakes the loop, the commit thread and the disk
/// for each single message; a millisecond of patience makes ten messages share them. It only pays when several peers send: a lone peer
/// that waits for its answer would wait for nothing, so the policy watches what a pause brought and stops pausing when it brought nothing.
/// </summary>
internal sealed class GatherPolicy(long maxMicroseconds)
{
    // From this many events in one wake-up on the loop is busy enough by itself.
    private const int BusyEvents = 48;

    // A pause has to bring this many events to be worth it.
    private const int WorthwhileEvents = 3;

    // After a pause that brought nothing, this many wake-ups pass before it is tried again (doubling up to the maximum).
    private const int FirstBackoff = 16;
    private const int MaxBackoff = 1024;

    private long _lastWake;
    private bool _paused;
    private int _backoff = FirstBackoff;
    private int _holdOff;

    /// <summary>Gets the pause to make before the next wait, in microseconds; 0 = none.</summary>
    /// <param name="now">A monotonic clock in microseconds.</param>
    /// <param name="events">How many connections the last wake-up served.</param>
    public long NextPause(long now, int events)
    {
        if (maxMicroseconds <= 0)
        {
            return 0;
        }

        var sinceLast = now - _lastWake;
        _lastWake = now;
        if (_paused)
        {
            _paused = false;
            if (events < WorthwhileEvents)
            {
                _holdOff = _backoff;
                _backoff = Math.Min(2 * _backoff, MaxBackoff);
            }
            else
            {
                _backoff = FirstBackoff;
            }
        }

        // Alone after a silence: whoever comes next is served at once.
        if (events == 0 || events >= BusyEvents || sinceLast > 4 * maxMicroseconds)
        {
            return 0;
        }

        if (_holdOff > 0)
        {
            _holdOff--;
            return 0;
        }

        _paused = true;
        return maxMicroseconds;
    }

    /// <summary>Notes when a pause ended, so that its length is not taken for silence.</summary>
    public void Paused(long now) => _lastWake = now;
}
