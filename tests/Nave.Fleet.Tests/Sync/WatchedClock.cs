using Nave.Testing;

namespace Nave.Fleet.Tests.Sync;

/// <summary>A clock that a test moves, and that tells what is waited for: a test moves it once the code under test waits, never before.</summary>
internal sealed class WatchedClock : TimeProvider
{
    private readonly ManualClock _clock;
    private readonly List<TimeSpan> _waits = [];

    public WatchedClock() => _clock = new ManualClock();

    public WatchedClock(DateTimeOffset start) => _clock = new ManualClock(start);

    public override long TimestampFrequency => _clock.TimestampFrequency;

    /// <summary>Gets how many timers were set.</summary>
    public int Mark
    {
        get
        {
            lock (_waits)
            {
                return _waits.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _clock.CreateTimer(callback, state, dueTime, period);
        lock (_waits)
        {
            _waits.Add(dueTime);
        }

        return timer;
    }

    /// <summary>Moves the clock.</summary>
    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Waits until a timer is set.</summary>
    /// <param name="mark">How many there were before.</param>
    /// <param name="min">The shortest that is meant.</param>
    /// <param name="max">The longest that is meant.</param>
    public Task WaitForTimerAsync(int mark, TimeSpan min, TimeSpan max) => TestDeadline.UntilAsync(
        () =>
        {
            lock (_waits)
            {
                return _waits.Skip(mark).Any(wait => wait >= min && wait <= max);
            }
        },
        $"a timer of {min} to {max} is set");
}
