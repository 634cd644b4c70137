using System.Diagnostics;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>What the process holds. Tests that use it run alone.</summary>
internal static class Measurement
{
    /// <summary>Counts the managed bytes that are alive.</summary>
    public static long LiveBytes() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>Asserts that no more than a bound is alive in addition to what was before, once what is ending has ended.</summary>
    public static async Task AssertGrowthAsync(long before, long bound, string what)
    {
        var watch = Stopwatch.StartNew();
        var growth = LiveBytes() - before;
        while (growth > bound && watch.Elapsed < TestDeadline.Default)
        {
            // Connections that were just closed are let go of by the server's own threads; a leak stays.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            growth = LiveBytes() - before;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {growth / 1024.0:n0} KiB more are alive; permitted are {bound / 1024:n0} KiB.");
        Assert.True(growth <= bound, $"{what}: {growth:n0} bytes more are alive; permitted are {bound:n0}.");
    }

    /// <summary>Asserts that the whole process needs less than a bound of processor time in a while in which nobody sends anything.</summary>
    public static async Task AssertIdleAsync(TimeSpan bound, TimeSpan duration)
    {
        // What the runtime compiles in the background may fall into one while; what spins is in all of them.
        var least = TimeSpan.MaxValue;
        for (var i = 0; i < 3 && least >= bound; i++)
        {
            using var process = Process.GetCurrentProcess();
            var before = process.TotalProcessorTime;
            await Task.Delay(duration, TestContext.Current.CancellationToken);
            process.Refresh();
            var used = process.TotalProcessorTime - before;
            least = used < least ? used : least;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{least.TotalMilliseconds:f0} ms of processor time in {duration.TotalSeconds} s.");
        Assert.True(least < bound, $"{least.TotalMilliseconds:f0} ms of processor time in {duration.TotalSeconds} s of silence.");
    }

    public static string Quantiles(List<double> milliseconds)
    {
        milliseconds.Sort();
        return $"p50 {milliseconds[milliseconds.Count / 2]:f2} ms, p99 {milliseconds[milliseconds.Count * 99 / 100]:f2} ms of {milliseconds.Count}";
    }
}
