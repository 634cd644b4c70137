using System.Diagnostics;

namespace Nave.Testing;

/// <summary>How long a test waits for what must happen before it fails.</summary>
public static class TestDeadline
{
    /// <summary>Gets the deadline: far beyond what anything takes on a loaded machine.</summary>
    public static TimeSpan Default => TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds that nothing signals.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Default)
            {
                throw new TimeoutException($"After {Default.TotalSeconds} s still not: {what}.");
            }

            await Task.Yield();
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
