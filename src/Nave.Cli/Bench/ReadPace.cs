using System.Diagnostics;

namespace Nave.Cli.Bench;

/// <summary>Holds a reader to a rate.</summary>
/// <param name="perSecond">Events a second; <see langword="null"/> = as many as there can be.</param>
internal sealed class ReadPace(double? perSecond)
{
    // Looking at the clock for each event would cost more than reading it.
    private const int Stride = 1000;

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _count;

    /// <summary>Counts an event, and waits if it is early.</summary>
    public ValueTask KeepAsync(CancellationToken cancellationToken)
    {
        if (++_count % Stride != 0 || perSecond is not { } rate)
        {
            return default;
        }

        var early = TimeSpan.FromSeconds(_count / rate) - Stopwatch.GetElapsedTime(_start);
        return early > TimeSpan.FromMilliseconds(1) ? new ValueTask(Task.Delay(early, TimeProvider.System, cancellationToken)) : default;
    }
}
