using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary><c>nave clone</c>: makes one hub's registry that of another, keys included.</summary>
internal sealed class CloneCommand : HubPairCommand
{
    private const int ShownProblems = 20;

    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with a clone that was cut off: the target may have devices, those that differ are not overwritten." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Overwrite devices of the target that differ from the source's." };
    private readonly Option<bool> _verify = new("--verify") { Description = "Compare both hubs device by device afterwards (default).", DefaultValueFactory = _ => true };
    private readonly Option<bool> _deleteSource = new("--delete-source") { Description = "Delete the source's devices after a clean comparison. Asks for the source's host name." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do not ask." };

    public CloneCommand(CliConsole console)
        : base(console, "clone", "Copy a hub's devices, keys, modules, twins and configurations to another hub.")
    {
        Add(_resume);
        Add(_overwrite);
        Add(_verify);
        Add(_deleteSource);
        Add(_yes);
        AddPairOptions();
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var deletes = parsed.GetValue(_deleteSource);
        if (deletes && !parsed.GetValue(_verify))
        {
            throw new CliException("--delete-source needs the comparison: leave --verify on.", ExitCodes.Usage);
        }

        using var hubs = await OpenAsync(parsed, cancellationToken);
        var report = await CloneProgressBar.ShowAsync(Console, progress => new HubCloner(
            hubs.Source,
            hubs.Target,
            new CloneOptions { Resume = parsed.GetValue(_resume), Overwrite = parsed.GetValue(_overwrite), Verify = parsed.GetValue(_verify), Progress = progress })
            .RunAsync(cancellationToken));
        Print(FormatOf(parsed), report);
        if (deletes)
        {
            await DeleteSourceAsync(hubs.Source, report, parsed.GetValue(_yes), cancellationToken);
        }

        return report.Failed == 0 && report.Differences is 0 or null ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private void Print(OutputFormat format, CloneReport report)
    {
        Console.WriteOne(
            format,
            JsonSerializer.Serialize(report, RecoveryJson.Wire.CloneReport),
            [
                ("devices", Text(report.Devices)),
                ("modules", Text(report.Modules)),
                ("configurations", Text(report.Configurations)),
                ("written", Text(report.Written)),
                ("failed", Text(report.Failed)),
                ("extra", Text(report.Extra)),
                ("differences", report.Differences is { } differences ? Text(differences) : null),
                ("seconds", report.Seconds.ToString("0.0", CultureInfo.InvariantCulture)),
            ]);
        foreach (var problem in report.Problems.Take(ShownProblems))
        {
            Console.Error.WriteLine($"{problem.Id}: {problem.Reason}");
        }

        if (report.Problems.Count > ShownProblems)
        {
            Console.Error.WriteLine($"… and {report.Failed + (report.Differences ?? 0) - ShownProblems} more; -o json has the first {report.Problems.Count}.");
        }
    }

    private async Task DeleteSourceAsync(HubRegistry source, CloneReport report, bool isSure, CancellationToken cancellationToken)
    {
        if (!report.IsClean)
        {
            throw new CliException("The source stays: the clone is not the same as it.");
        }

        if (!isSure)
        {
            await Console.Error.WriteAsync($"Delete all {report.Devices} devices of '{source.HostName}'? Type its host name: ");
            if ((await Console.In.ReadLineAsync(cancellationToken))?.Trim() != source.HostName)
            {
                throw new CliException("Nothing is deleted. (Scripts give --yes.)");
            }
        }

        var deleted = await SourceDeletion.RunAsync(source, cancellationToken);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{deleted} devices of '{source.HostName}' are deleted."));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
