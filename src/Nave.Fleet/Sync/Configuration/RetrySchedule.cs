namespace Nave.Fleet.Sync.Configuration;

/// <summary>When something is tried again: first after <see cref="First"/>, then after twice as long each time, up to <see cref="Longest"/>.</summary>
/// <param name="First">The first wait.</param>
/// <param name="Longest">The longest wait.</param>
/// <param name="MaxCount">After so many repetitions it is given up.</param>
/// <param name="Timeout">After so long it is given up.</param>
public sealed record RetrySchedule(TimeSpan First, TimeSpan Longest, int MaxCount, TimeSpan Timeout)
{
    /// <summary>Gets the wait before a repetition.</summary>
    /// <param name="repetition">Which: 1 is the first.</param>
    public TimeSpan Wait(int repetition)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetition, 1);
        var wait = First;
        for (var i = 1; i < repetition && wait < Longest; i++)
        {
            wait += wait;
        }

        return wait < Longest ? wait : Longest;
    }
}
