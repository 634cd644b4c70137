using System.Diagnostics;
using System.Globalization;
using Nave.Storage.Files;

namespace Nave.Benchmarks;

/// <summary>
/// The segment log under load: `log [dir] [records]`. Prints records a second and CPU seconds per million for full load,
/// syncs a second for a sparse one, and the rate at which the backlog is read.
/// </summary>
internal static class LogBench
{
    private const int RecordBytes = 256;

    public static async Task RunAsync(string[] args)
    {
        var root = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "nave-log-bench");
        var records = args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : 4_000_000;
        Console.WriteLine($"{"load",-34}{"records/s",14}{"CPU s/M",10}{"syncs/s",10}{"B alloc/rec",13}");
        foreach (var (producers, partitions) in new[] { (1, 4), (1, 4), (2, 4), (1, 32), (2, 32) })
        {
            await FullLoadAsync(root, records, producers, partitions, 3_200 / producers);
        }

        await FullLoadAsync(root, records, 1, 4, int.MaxValue);
        await FullLoadAsync(root, records, 2, 4, int.MaxValue);
        await FullLoadAsync(root, Math.Min(records, 20_000), 1, 4, 1);

        foreach (var (producers, partitions) in new[] { (1, 4), (2, 4), (2, 32) })
        {
            await SparseAsync(root, producers, partitions);
        }
    }

    private static async Task FullLoadAsync(string root, long records, int producers, int partitions, int inFlight)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        await using var log = await SegmentLog.OpenAsync(new SegmentLogOptions(root) { PartitionCount = partitions, StagingBytes = 4 << 20 });
        var threads = Enumerable.Range(0, producers).Select(_ => new LogProducer(log, records / producers, RecordBytes, inFlight)).ToArray();
        var start = Reading.Take();
        await Task.WhenAll(threads.Select(thread => thread.RunAsync()));
        Print($"{producers} producers, {partitions} partitions, {(inFlight == int.MaxValue ? "all" : inFlight * producers)}", start, Reading.Take(), records, log.Statistics.Commits);

        ThreadCpu.PrintThreads(records);
        start = Reading.Take();
        var read = 0L;
        for (var p = 0; p < partitions; p++)
        {
            read += await ReadAsync(log, p);
        }

        Print("  reading it back, one reader", start, Reading.Take(), read, 0);
    }

    private static async Task<long> ReadAsync(SegmentLog log, int partition)
    {
        var (count, next) = (0L, 0L);
        while (true)
        {
            using var batch = await log.ReadAsync(partition, next, 1 << 20, CancellationToken.None);
            if (batch.Records.Count == 0)
            {
                return count;
            }

            for (var i = 0; i < batch.Records.Count; i++)
            {
                count += batch.Records[i].Data.Length == RecordBytes ? 1 : 0;
            }

            next = batch.NextSequence;
        }
    }

    private static async Task SparseAsync(string root, int producers, int partitions)
    {
        Directory.Delete(root, recursive: true);
        await using var log = await SegmentLog.OpenAsync(new SegmentLogOptions(root) { PartitionCount = partitions });
        var paced = Enumerable.Range(0, producers).Select(_ => new SparseProducer(log, 10_000 / producers, TimeSpan.FromSeconds(5), RecordBytes)).ToArray();
        var start = Reading.Take();
        await Task.WhenAll(paced.Select(producer => producer.RunAsync()));
        var end = Reading.Take();
        Print($"10,000/s from {producers}, {partitions} partitions", start, end, paced.Sum(p => p.Count), log.Statistics.Commits);
        ThreadCpu.PrintThreads(paced.Sum(p => p.Count));
        var latencies = paced.SelectMany(p => p.LatenciesMs).Order().ToArray();
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  ack p50 {latencies[latencies.Length / 2]:0.00} ms, p99 {latencies[latencies.Length * 99 / 100]:0.00} ms, producers' own CPU {paced.Sum(p => p.CpuSeconds) * 1e6 / paced.Sum(p => p.Count):0.00} s/M"));
    }

    private static void Print(string what, Reading from, Reading to, long records, long commits)
    {
        var seconds = (to.At - from.At) / (double)Stopwatch.Frequency;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-34}{records / seconds,14:N0}{(to.Cpu - from.Cpu).TotalSeconds * 1e6 / records,10:0.00}{commits / seconds,10:N0}{(to.Allocated - from.Allocated) / (double)records,13:0.00}"));
    }

    private readonly record struct Reading(long At, TimeSpan Cpu, long Allocated)
    {
        public static Reading Take() => new(Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes());
    }
}
