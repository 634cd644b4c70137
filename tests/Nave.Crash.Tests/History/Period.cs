using System.Diagnostics;

namespace Nave.Crash.Tests.History;

/// <summary>When a request ran, on the clock of the test's process (ticks of <see cref="Stopwatch"/>).</summary>
/// <param name="Start">Before it was sent.</param>
/// <param name="End">After its answer came or it was given up.</param>
internal readonly record struct Period(long Start, long End)
{
    /// <summary>Gets the time now.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>Gets how long it took.</summary>
    public TimeSpan Length => Stopwatch.GetElapsedTime(Start, End);

    /// <summary>Returns a span that ends now.</summary>
    public static Period Since(long start) => new(start, Now);

    /// <summary>Tells whether this was over before another began: their order is certain then.</summary>
    public bool IsBefore(Period other) => End < other.Start;
}
