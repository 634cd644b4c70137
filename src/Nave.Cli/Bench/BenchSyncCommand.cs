using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Planning;

namespace Nave.Cli.Bench;

/// <summary>
/// <c>nave bench sync</c>: a file and a hub of its own are brought in step, made to differ, planned and brought in step again, each by a
/// process of its own whose peak of memory is told. With <c>--generated</c>: a plan between two registries that are made up.
/// </summary>
internal sealed class BenchSyncCommand : Command
{
    private const int DefaultDevices = 100_000;
    private const int DefaultDifferences = 1_000;

    private readonly CliConsole _console;
    private readonly Option<int?> _devices = CommonOptions.Number("--devices", 10, 10_000_000, $"Devices on both sides. Default {DefaultDevices}.");
    private readonly Option<int?> _differences = CommonOptions.Number("--differences", 0, 10_000_000, $"In how many they differ. Default {DefaultDifferences}.");
    private readonly Option<bool> _generated = new("--generated") { Description = "Only plan, between two registries that are made up, in this process." };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public BenchSyncCommand(CliConsole console)
        : base("sync", "A registry synchronized with a hub: time and peak of memory of plan and apply.")
    {
        _console = console;
        Add(_devices);
        Add(_differences);
        Add(_generated);
        Add(_output);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var devices = parsed.GetValue(_devices) ?? DefaultDevices;
        var differences = Math.Min(parsed.GetValue(_differences) ?? DefaultDifferences, devices / 2);
        var report = parsed.GetValue(_generated)
            ? await GenerateAsync(devices, differences, cancellationToken)
            : await SyncAsync(devices, differences, cancellationToken);
        _console.WriteOne(
            parsed.GetValue(_output),
            JsonSerializer.Serialize(report, CliJson.Line.BenchSyncReport),
            [
                ("devices", $"{report.Devices}"),
                ("differences", $"{report.Differences}"),
                ("planSeconds", Text(report.PlanSeconds)),
                ("planPeakMiB", Text(report.PlanPeakMiB)),
                ("loadSeconds", Text(report.LoadSeconds)),
                ("loadPeakMiB", Text(report.LoadPeakMiB)),
                ("applySeconds", Text(report.ApplySeconds)),
                ("applyPeakMiB", Text(report.ApplyPeakMiB)),
                ("left", report.Left?.ToString(CultureInfo.InvariantCulture)),
            ]);
        return report.Left is > 0 ? ExitCodes.Failure : ExitCodes.Ok;
    }

    private static string? Text(double? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static async Task<BenchSyncReport> GenerateAsync(int devices, int differences, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        using var plan = await GeneratedPlan.MakeAsync(devices, differences, cancellationToken);
        var read = plan.Changes().LongCount();
        using var self = Process.GetCurrentProcess();
        return new BenchSyncReport(devices, read, Rounded(Stopwatch.GetElapsedTime(began)), Peak(self));
    }

    private static async Task<BenchSyncReport> SyncAsync(int devices, int differences, CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(partitions: 4, cancellationToken);
        var folder = Directory.CreateTempSubdirectory($"nave-bench-{Environment.ProcessId}-").FullName;
        try
        {
            var exports = Path.Combine(server.Folder, "exports", "localhost");
            Directory.CreateDirectory(exports);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "sync.yaml"),
                $$"""
                hub: { connectionString: "${NAVE_BENCH_HUB}", jobContainer: "file://{{exports}}" }
                provider: { name: file, path: devices.csv }
                guards: { maxDeletePercent: 100 }
                """,
                cancellationToken);
            await WriteAsync(folder, devices, 0, cancellationToken);
            var load = await RunAsync(server, folder, "apply", cancellationToken);
            await WriteAsync(folder, devices, differences, cancellationToken);
            var plan = await RunAsync(server, folder, "plan", cancellationToken);
            var apply = await RunAsync(server, folder, "apply", cancellationToken);
            var second = await RunAsync(server, folder, "plan", cancellationToken);
            return new BenchSyncReport(devices, plan.Changes, plan.Seconds, plan.PeakMiB)
            {
                LoadSeconds = load.Seconds, LoadPeakMiB = load.PeakMiB, ApplySeconds = apply.Seconds, ApplyPeakMiB = apply.PeakMiB, Left = second.Changes,
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes the file: of those that differ a third is missing, a third is changed and a third is new.</summary>
    private static async Task WriteAsync(string folder, int devices, int differences, CancellationToken cancellationToken)
    {
        await using var file = new StreamWriter(Path.Combine(folder, "devices.csv"));
        await file.WriteLineAsync("deviceId,EUI,activationType,deviceProfileId,site".AsMemory(), cancellationToken);
        var every = differences == 0 ? int.MaxValue : devices / differences;
        for (var i = 0; i < devices; i++)
        {
            var kind = i % every == 0 && i / every < differences ? i / every % 3 : -1;
            if (kind != 0)
            {
                await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"sensor-{i:0000000},{i:X16},OTAA,LORA/GenericA,{(kind == 1 ? "rome" : "berlin")}").AsMemory(), cancellationToken);
            }

            if (kind == 2)
            {
                await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"new-{i:0000000},{i:X16},OTAA,LORA/GenericA,berlin").AsMemory(), cancellationToken);
            }
        }
    }

    private static async Task<(double Seconds, double PeakMiB, long Changes)> RunAsync(ServerProcess server, string folder, string command, CancellationToken cancellationToken)
    {
        var start = ServerProcess.Nave("sync", command, "--config", Path.Combine(folder, "sync.yaml"), "--data", server.Folder, "-o", "json");
        start.RedirectStandardOutput = true;
        start.Environment["NAVE_BENCH_HUB"] = server.Status.ServiceConnectionString;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start) ?? throw new CliException("A process could not be started.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var peak = 0.0;
        while (!process.HasExited)
        {
            // The system keeps the peak for as long as the process lives: the last look has it.
            process.Refresh();
            peak = Math.Max(peak, Peak(process));
            await Task.WhenAny(process.WaitForExitAsync(cancellationToken), Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken));
        }

        using var document = JsonDocument.Parse(await output);
        return process.ExitCode is ExitCodes.Ok or ExitCodes.Changes
            ? (Rounded(Stopwatch.GetElapsedTime(began)), peak, Changes(document.RootElement))
            : throw new CliException($"nave sync {command} ended with {process.ExitCode}; what it said is above.");
    }

    private static long Changes(JsonElement result) => result.TryGetProperty("changes", out var changes) ? changes.GetArrayLength() : 0;

    private static double Peak(Process process)
    {
        try
        {
            return Math.Round(process.PeakWorkingSet64 / 1024.0 / 1024.0, 1);
        }
        catch (InvalidOperationException)
        {
            return 0; // It has just ended.
        }
    }

    private static double Rounded(TimeSpan time) => Math.Round(time.TotalSeconds, 1);
}
