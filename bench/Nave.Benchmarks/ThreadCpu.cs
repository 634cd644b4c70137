using System.Globalization;
using System.Runtime.InteropServices;

namespace Nave.Benchmarks;

/// <summary>The CPU time of the calling thread, and a sleep shorter than a millisecond (Linux).</summary>
internal static partial class ThreadCpu
{
    private const int ThreadCpuTimeId = 3; // CLOCK_THREAD_CPUTIME_ID

    public static double Seconds() => ClockGetTime(ThreadCpuTimeId, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9) : 0;

    /// <summary>Prints what the log's own threads have taken since they were started; each log has new ones.</summary>
    public static void PrintThreads(long records)
    {
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var name = File.ReadAllText(Path.Combine(task, "comm")).Trim();
            if (name.StartsWith("nave log", StringComparison.Ordinal))
            {
                var nanoseconds = long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-32}{"",14}{nanoseconds * 1e-3 / records,10:0.00}"));
            }
        }
    }

    public static void Sleep(int microseconds)
    {
        var time = new TimeSpec { Nanoseconds = microseconds * 1_000L };
        _ = NanoSleep(in time, IntPtr.Zero);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec time, IntPtr remaining);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
