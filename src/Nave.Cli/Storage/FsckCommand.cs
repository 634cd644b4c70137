using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Hub.Hosting;
using Nave.Hub.Provisioning;
using Nave.Storage.Files;
using Nave.Storage.Sqlite;

namespace Nave.Cli.Storage;

/// <summary><c>nave fsck</c>: reads every byte that counts of every hub in a data folder. Changes nothing.</summary>
internal sealed class FsckCommand : Command
{
    private const string LockName = "lock";

    private readonly CliConsole _console;
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _quick = new("--quick") { Description = "Check the state store's structure only, and not every index entry." };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public FsckCommand(CliConsole console)
        : base("fsck", "Check the files of a data folder while no hub runs on it.")
    {
        _console = console;
        Add(_data);
        Add(_quick);
        Add(_output);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_data)!); // It has a default.
        var hubs = Path.Combine(folder, "hubs");
        if (!Directory.Exists(hubs))
        {
            throw new CliException($"'{folder}' is no data folder: it has no folder 'hubs'.");
        }

        // Held for the whole check, so that no hub starts meanwhile. It is not made: a check changes nothing.
        using var held = TakeLock(folder);
        var reports = new List<FsckReport>();
        foreach (var hub in Directory.EnumerateDirectories(hubs).Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal))
        {
            reports.Add(await CheckAsync(folder, hub, full: !parsed.GetValue(_quick), cancellationToken));
        }

        var provisioning = Path.Combine(folder, ProvisioningService.FolderName);
        if (Directory.Exists(provisioning))
        {
            reports.Add(await CheckProvisioningAsync(provisioning, full: !parsed.GetValue(_quick), cancellationToken));
        }

        Write(parsed.GetValue(_output), reports);
        return reports.TrueForAll(report => report.Sound) ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static FileStream? TakeLock(string folder)
    {
        var file = Path.Combine(folder, LockName);
        try
        {
            return File.Exists(file) ? new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
        }
        catch (IOException)
        {
            throw new CliException($"A hub runs on '{folder}'. Stop it first: its files change while they are read.");
        }
    }

    private static async Task<FsckReport> CheckAsync(string folder, string hub, bool full, CancellationToken cancellationToken)
    {
        var problems = new List<FsckProblem>();
        var logFolder = Path.Combine(hub, "log");
        var log = Directory.Exists(logFolder) ? await SegmentLogCheck.RunAsync(logFolder, disk: null, cancellationToken) : null;
        problems.AddRange((log?.Damage ?? []).Select(d => new FsckProblem(Path.Combine(logFolder, d.File), d.Position, d.Length, d.Reason)));

        var stateFile = Path.Combine(hub, "state.db");
        var state = File.Exists(stateFile) ? await SqliteStateCheck.RunAsync(stateFile, full, cancellationToken) : null;
        problems.AddRange((state?.Problems ?? []).Select(reason => new FsckProblem(stateFile, null, null, reason)));
        foreach (var missing in (string?[])[log is null ? logFolder : null, state is null ? stateFile : null])
        {
            if (missing is not null)
            {
                problems.Add(new FsckProblem(missing, null, null, "it is missing"));
            }
        }

        if (HubSettingsCheck.FindProblem(folder, hub) is { } settings)
        {
            problems.Add(new FsckProblem(settings.File, null, null, settings.Reason));
        }

        return new FsckReport
        {
            Hub = Path.GetFileName(hub),
            Sound = problems.Count == 0,
            Events = log?.Partitions.Sum(partition => partition.Records) ?? 0,
            LogBytes = log?.Bytes ?? 0,
            Documents = state?.Collections ?? new Dictionary<string, long>(),
            StateBytes = state?.Bytes ?? 0,
            TornTailBytes = log?.TornTail?.Length ?? 0,
            Problems = problems,
        };
    }

    // Device provisioning has no events.
    private static async Task<FsckReport> CheckProvisioningAsync(string folder, bool full, CancellationToken cancellationToken)
    {
        var stateFile = Path.Combine(folder, "state.db");
        var state = File.Exists(stateFile) ? await SqliteStateCheck.RunAsync(stateFile, full, cancellationToken) : null;
        var reasons = state is null ? ["it is missing"] : state.Problems;
        return new FsckReport
        {
            Hub = Path.GetFileName(folder),
            Sound = reasons.Count == 0,
            Events = 0,
            LogBytes = 0,
            Documents = state?.Collections ?? new Dictionary<string, long>(),
            StateBytes = state?.Bytes ?? 0,
            TornTailBytes = 0,
            Problems = [.. reasons.Select(reason => new FsckProblem(stateFile, null, null, reason))],
        };
    }

    private void Write(OutputFormat format, List<FsckReport> reports)
    {
        if (format == OutputFormat.Json)
        {
            foreach (var report in reports)
            {
                _console.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Line.FsckReport));
            }

            return;
        }

        if (format == OutputFormat.Tsv)
        {
            _console.WriteRows(
                format,
                ["hub", "file", "position", "length", "reason"],
                reports.SelectMany(report => report.Problems.Select(p => (string?[])[report.Hub, p.File, $"{p.Position}", $"{p.Length}", p.Reason])));
            return;
        }

        foreach (var report in reports)
        {
            _console.Out.WriteLine(
                $"{report.Hub}: {(report.Sound ? "sound" : "DAMAGED")}; {report.Events} events in {report.LogBytes} bytes, {report.Documents.Values.Sum()} documents in {report.StateBytes} bytes");
            if (report.TornTailBytes > 0)
            {
                _console.Out.WriteLine($"  an unfinished commit of {report.TornTailBytes} bytes at the log's end, never acknowledged: the next start removes it");
            }

            foreach (var problem in report.Problems)
            {
                var place = problem.Position is { } position ? $" at byte {position}" : string.Empty;
                var length = problem.Length is > 0 and var bytes ? $" ({bytes} bytes)" : string.Empty;
                _console.Out.WriteLine($"  {problem.File}{place}{length}: {problem.Reason}");
            }
        }
    }
}
