using System.Diagnostics;
using System.Globalization;
using Nave.Api;

namespace Nave.Hub.Tests.Jobs;

/// <summary>Large files. <c>NAVE_JOB_DEVICES</c> = how many devices (5000); the output says how long it took and what memory.</summary>
public sealed class TransferScaleTests
{
    private const int DefaultDevices = 5000;

    // Well above what the pieces under way may take, far below what a file of any size would.
    private const long MaxHeapBytes = 400L * 1024 * 1024;

    [Fact]
    public async Task A_large_registry_goes_in_and_out_in_constant_memory()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("NAVE_JOB_DEVICES"), CultureInfo.InvariantCulture, out var number) ? number : DefaultDevices;
        await using var jobs = await TransferFixture.OpenAsync();
        await using (var file = new StreamWriter(Path.Combine(jobs.Folder, "devices.txt")))
        {
            for (var i = 0; i < count; i++)
            {
                await file.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $$$"""{"id":"device-{{{i:D7}}}","importMode":"create","status":"enabled","tags":{"site":"s{{{i % 100}}}"},"properties":{"desired":{"interval":60,"$version":3},"reported":{"firmware":"1.2.3"} } }"""));
            }
        }

        using var done = new CancellationTokenSource();
        var peak = WatchAsync(done.Token);
        await MeasureAsync("import", count, () => jobs.RunAsync(jobs.ImportOf()));
        await MeasureAsync("export", count, () => jobs.RunAsync(jobs.ExportTo("out.txt")));
        await MeasureAsync("import over what is there", count, () => jobs.RunAsync(jobs.ImportOf("out.txt")));
        await done.CancelAsync();
        var bytes = await peak;
        TestContext.Current.TestOutputHelper?.WriteLine($"peak of the managed heap: {bytes / 1024 / 1024} MiB");
        Assert.InRange(bytes, 0, MaxHeapBytes);
        Assert.Empty(jobs.ErrorLines);
        Assert.Equal(count, (await jobs.Hub.Registry.GetStatisticsAsync(TransferFixture.Cancellation)).TotalDeviceCount);
        Assert.Equal(count, File.ReadLines(Path.Combine(jobs.Folder, "out.txt")).Count());
    }

    private static async Task MeasureAsync(string what, int count, Func<Task<JobProperties>> run)
    {
        var watch = Stopwatch.StartNew();
        var job = await run();
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.FailureReason));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {count} devices in {watch.Elapsed.TotalSeconds:0.00} s = {count / watch.Elapsed.TotalSeconds:0}/s"));
    }

    private static async Task<long> WatchAsync(CancellationToken cancellationToken)
    {
        var peak = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(50, CancellationToken.None);
        }

        return peak;
    }
}
