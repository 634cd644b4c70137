using System.Diagnostics;

namespace Nave.Server.Tests.Hostile;

/// <summary>What the process holds. Tests that use it run alone.</summary>
internal static class Measurement
{
    /// <summary>Counts the managed bytes that are alive.</summary>
    public static long LiveBytes() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>Asserts that no more than a bound is alive in addition to what was before.</summary>
    public static void AssertGrowth(long before, long bound, string what)
    {
        var growth = LiveBytes() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {growth / 1024.0:n0} KiB more are alive; permitted are {bound / 1024:n0} KiB.");
        Assert.True(growth <= bound, $"{what}: {growth:n0} bytes more are alive; permitted are {bound:n0}.");
    }

    /// <summary>Measures the processor time of the whole process over a while in which nobody sends anything.</summary>
    public static async Task<TimeSpan> IdleCpuAsync(TimeSpan duration)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await Task.Delay(duration, TestContext.Current.CancellationToken);
        process.Refresh();
        return process.TotalProcessorTime - before;
    }

    public static string Quantiles(List<double> milliseconds)
    {
        milliseconds.Sort();
        return $"p50 {milliseconds[milliseconds.Count / 2]:f2} ms, p99 {milliseconds[milliseconds.Count * 99 / 100]:f2} ms of {milliseconds.Count}";
    }
}
