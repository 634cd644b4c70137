namespace Nave.Hub.Commands;

/// <summary>
/// Deadlines that follow the monotonic clock: whoever sets the wall clock, by ten days or by a second, neither ends a lock nor
/// makes a message expire early or late.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Gets the ticks (100 ns) since this clock was made.</summary>
    public long Now => time.GetElapsedTime(_origin).Ticks;

    /// <summary>Translates a wall clock time that is given now.</summary>
    public long DeadlineOf(DateTimeOffset wallClock) => Now + (wallClock - time.GetUtcNow()).Ticks;

    /// <summary>Gets the deadline that lies ahead by a duration.</summary>
    public long In(TimeSpan duration) => Now + duration.Ticks;
}
