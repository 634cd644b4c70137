using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage;
using Nave.Storage.Postgres;
using Nave.Storage.Sqlite;

namespace Nave.Benchmarks;

/// <summary>
/// Durable commits a second of both state stores, beside each other: callers that each write a 1 KiB document of their own 1,000 and wait
/// for it, before the next. <c>state FOLDER [CONNECTION-STRING] [SECONDS]</c>; without a connection string, SQLite alone.
/// </summary>
internal static class StateBench
{
    private const int BodyBytes = 1024;
    private const int KeysPerCaller = 1000;

    private static readonly int[] s_callers = [1, 16, 256];

    /// <summary>Measures and prints a line for each engine and number of callers.</summary>
    public static async Task RunAsync(string[] args)
    {
        if (args is [])
        {
            await Console.Error.WriteLineAsync("state FOLDER [CONNECTION-STRING] [SECONDS]");
            return;
        }

        var duration = TimeSpan.FromSeconds(args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 5);
        foreach (var callers in s_callers)
        {
            await using (var store = await SqliteStateStore.OpenAsync(
                new SqliteStateOptions { Path = Path.Combine(args[0], $"bench{callers}.db") }, NullLogger.Instance, CancellationToken.None))
            {
                await MeasureAsync("SQLite", store, callers, duration);
            }

            if (args.Length > 1)
            {
                await using var store = await PostgresStateStore.OpenAsync(
                    new PostgresStateOptions { ConnectionString = args[1], Schema = string.Create(CultureInfo.InvariantCulture, $"bench{callers}") },
                    TimeProvider.System, NullLogger.Instance, CancellationToken.None);
                await MeasureAsync("PostgreSQL", store, callers, duration);
            }
        }
    }

    private static async Task MeasureAsync(string engine, IStateStore store, int callers, TimeSpan duration)
    {
        await CommitAsync(store, callers, TimeSpan.FromSeconds(1), []); // Plans, pools and the first pages are there.
        var times = new List<double>();
        var watch = Stopwatch.StartNew();
        var commits = await CommitAsync(store, callers, duration, times);
        var rate = commits / watch.Elapsed.TotalSeconds;
        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{engine,-10} {callers,4} callers {rate,8:N0} commits/s  p50 {times[times.Count / 2]:F2} ms  p99 {times[(int)(times.Count * 0.99)]:F2} ms"));
    }

    private static async Task<long> CommitAsync(IStateStore store, int callers, TimeSpan duration, List<double> times)
    {
        var body = new byte[BodyBytes];
        new Random(1).NextBytes(body);
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>();
            for (var i = 0; Stopwatch.GetTimestamp() < end; i++)
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{caller:D4}/{i % KeysPerCaller:D6}");
                var started = Stopwatch.GetTimestamp();
                await store.CommitAsync(new StateTransaction().Put("twins", key, body), CancellationToken.None);
                own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            lock (times)
            {
                times.AddRange(own);
            }

            return (long)own.Count;
        })));
        return counts.Sum();
    }
}
