using System.Diagnostics;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Bench;

/// <summary>Counts operations in the time that is measured, and the processor time that they cost.</summary>
/// <param name="server">The server's process, if it is known.</param>
internal sealed class BenchMeter(Process? server)
{
    private const double Million = 1_000_000;

    private readonly LatencyHistogram _latencies = new();
    private long _count;
    private long _failed;
    private long _bytes;
    private bool _measuring;

    /// <summary>Gets how much one call counts for: the operations that it carries.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>A call succeeded.</summary>
    /// <param name="start">When it began, as a time stamp.</param>
    public void Done(long start)
    {
        if (Volatile.Read(ref _measuring))
        {
            _latencies.Record(Stopwatch.GetElapsedTime(start));
            Interlocked.Add(ref _count, Weight);
        }
    }

    /// <summary>An operation without a latency succeeded; it brought so many bytes.</summary>
    public void Add(int bytes)
    {
        if (Volatile.Read(ref _measuring))
        {
            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _bytes, bytes);
        }
    }

    /// <summary>A call failed.</summary>
    public void Failed()
    {
        if (Volatile.Read(ref _measuring))
        {
            Interlocked.Add(ref _failed, Weight);
        }
    }

    /// <summary>Waits out the warm-up and the measured time.</summary>
    public async Task<BenchReport> MeasureAsync(string bench, string operation, BenchPlan plan, CancellationToken cancellationToken)
    {
        await Task.Delay(plan.WarmUp, TimeProvider.System, cancellationToken);
        var serverBefore = ServerTime();
        var clientBefore = OwnTime();
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _measuring, true);
        await Task.Delay(plan.For, TimeProvider.System, cancellationToken);
        Volatile.Write(ref _measuring, false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var count = Volatile.Read(ref _count);
        var serverSeconds = ServerTime() - serverBefore;
        return new BenchReport
        {
            Bench = bench,
            Operation = operation,
            Connections = plan.Connections,
            InFlight = plan.InFlight,
            Seconds = Math.Round(seconds, 2),
            Count = count,
            Failed = Volatile.Read(ref _failed),
            PerSecond = Math.Round(count / seconds, 1),
            BytesPerSecond = Volatile.Read(ref _bytes) is > 0 and var bytes ? Math.Round(bytes / seconds) : null,
            P50Ms = _latencies.Percentile(0.5),
            P90Ms = _latencies.Percentile(0.9),
            P99Ms = _latencies.Percentile(0.99),
            P999Ms = _latencies.Percentile(0.999),
            ServerCpuSeconds = serverSeconds is { } cpu ? Math.Round(cpu, 2) : null,
            ServerCpuSecondsPerMillion = serverSeconds is { } spent && count > 0 ? Math.Round(spent * Million / count, 2) : null,
            ClientCpuSecondsPerMillion = count > 0 ? Math.Round((OwnTime() - clientBefore) * Million / count, 2) : 0,
        };
    }

    private static double OwnTime()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }

    private double? ServerTime()
    {
        server?.Refresh();
        return server?.TotalProcessorTime.TotalSeconds;
    }
}
