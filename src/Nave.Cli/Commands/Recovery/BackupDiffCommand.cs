using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave backup diff</c>: what became of devices between two archives.</summary>
internal sealed class BackupDiffCommand : Command
{
    private static readonly string[] s_columns = ["deviceId", "moduleId", "change", "parts"];

    public BackupDiffCommand(CliConsole console)
        : base("diff", "Compare two archives: what was added, removed and changed.")
    {
        var before = new Argument<string>("BEFORE") { Description = "The older archive." };
        var after = new Argument<string>("AFTER") { Description = "The newer archive, opened with the same passphrase or key." };
        var archive = new ArchiveOptions();
        var output = CommonOptions.Output();
        Add(before);
        Add(after);
        archive.AddTo(this);
        Add(output);
        SetAction(async (parsed, cancellationToken) =>
        {
            var changes = ArchiveDiff.CompareAsync(
                archive.Opener(parsed.GetValue(before)!, parsed, console), archive.Opener(parsed.GetValue(after)!, parsed, console), cancellationToken);
            if (parsed.GetValue(output) == OutputFormat.Json)
            {
                await foreach (var change in changes)
                {
                    await console.Out.WriteLineAsync(JsonLine.Of(json =>
                    {
                        json.WriteString("deviceId", change.DeviceId);
                        json.WriteString("moduleId", change.ModuleId);
                        json.WriteString("change", change.Change);
                        json.WriteStartArray("parts");
                        foreach (var part in change.Parts)
                        {
                            json.WriteStringValue(part);
                        }

                        json.WriteEndArray();
                    }));
                }
            }
            else
            {
                await console.WriteRowsAsync(
                    parsed.GetValue(output),
                    s_columns,
                    changes.Select(change => (IReadOnlyList<string?>)[change.DeviceId, change.ModuleId, change.Change, string.Join(", ", change.Parts)]));
            }

            return ExitCodes.Ok;
        });
    }
}
