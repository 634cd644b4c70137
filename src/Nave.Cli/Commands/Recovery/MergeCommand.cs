using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary><c>nave merge</c>: brings a hub that was lost (<c>--from</c>) and the mirror that took its place (<c>--to</c>) together.</summary>
internal sealed class MergeCommand : HubPairCommand
{
    private readonly Option<string> _store = MirrorOptionsText.Store();
    private readonly Option<bool> _apply = new("--apply") { Description = "Write it. Without it, what would be done is told." };
    private readonly Option<MergeSide?> _prefer = new("--prefer") { Description = "old or new: what is taken where both have changed the same part. Without it that is a conflict, and both stay as they are.", HelpName = "SIDE" };
    private readonly Option<string[]> _choices = new("--choose")
    {
        Description = "ID=old or ID=new: what is taken for one device, or device/module; may be given again.",
        HelpName = "ID=SIDE",
    };

    private readonly Option<FileInfo?> _report = new("--report") { Description = "Write a line of JSON for each identity that differs, with both values and versions.", HelpName = "FILE" };

    public MergeCommand(CliConsole console)
        : base(console, "merge", "After a failover, bring the old hub and its promoted mirror together; conflicts are reported, not guessed.")
    {
        Add(_store);
        Add(_apply);
        Add(_prefer);
        Add(_choices);
        Add(_report);
        AddPairOptions();
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var choices = (parsed.GetValue(_choices) ?? []).Select(ReadChoice).ToDictionary();
        using var hubs = await OpenAsync(parsed, cancellationToken);
        var format = FormatOf(parsed);
        await using var file = parsed.GetValue(_report) is { } path ? path.CreateText() : null;
        var options = new MergeOptions
        {
            Folder = parsed.GetValue(_store)!,
            Apply = parsed.GetValue(_apply),
            Prefer = parsed.GetValue(_prefer),
            Choices = choices,
            Found = item =>
            {
                file?.WriteLine(JsonSerializer.Serialize(item, RecoveryJson.Wire.MergeItem));
                foreach (var part in item.Parts)
                {
                    Console.Human(format).WriteLine($"{item.Id}: {WordsOf(part)}. {part.Reason}");
                }
            },
        };
        var report = await new HubMerger(hubs.Source, hubs.Target, options).RunAsync(NullLogger.Instance, cancellationToken);
        Console.WriteOne(
            format,
            JsonSerializer.Serialize(report, RecoveryJson.Wire.MergeReport),
            [
                ("same", Text(report.Same)), ("toOld", Text(report.ToOld)), ("toNew", Text(report.ToNew)), ("conflicts", Text(report.Conflicts)),
                ("failed", Text(report.Failed)), ("applied", report.Applied ? "true" : "false"),
            ]);
        return report.Failed > 0 ? ExitCodes.Failure
            : report.Conflicts > 0 || (!report.Applied && report.ToOld + report.ToNew > 0) ? ExitCodes.Changes
            : ExitCodes.Ok;
    }

    private static string WordsOf(MergePart part)
    {
        var what = part.Part?.ToString().ToLowerInvariant() ?? "all of it";
        var versions = part.OldVersion is null && part.NewVersion is null ? ""
            : string.Create(CultureInfo.InvariantCulture, $" (version {part.OldVersion} in the old hub, {part.NewVersion} in the new one)");
        return part.Action switch
        {
            MergeAction.ToOld => $"{what} goes to the old hub{versions}",
            MergeAction.ToNew => $"{what} goes to the new hub{versions}",
            _ => $"conflict in {what}{versions}",
        };
    }

    private static KeyValuePair<string, MergeSide> ReadChoice(string text)
    {
        var at = text.LastIndexOf('=');
        return at > 0 && Enum.TryParse<MergeSide>(text[(at + 1)..], ignoreCase: true, out var side) && Enum.IsDefined(side)
            ? new KeyValuePair<string, MergeSide>(text[..at], side)
            : throw new CliException($"--choose is '{text}'; ID=old or ID=new is permitted.", ExitCodes.Usage);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
