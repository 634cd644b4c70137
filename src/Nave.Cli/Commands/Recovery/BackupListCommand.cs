using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave backup list</c>: the devices of an archive, without keys.</summary>
internal sealed class BackupListCommand : Command
{
    private static readonly string[] s_columns = ["deviceId", "moduleId", "status", "authenticationType", "tags"];

    public BackupListCommand(CliConsole console)
        : base("list", "List the devices and modules of an archive, without their keys.")
    {
        var file = new Argument<string>("FILE") { Description = "The archive." };
        var archive = new ArchiveOptions();
        var where = new Option<string?>("--where") { Description = "Only devices that meet a condition, and their modules.", HelpName = "CONDITION" };
        var output = CommonOptions.Output();
        Add(file);
        archive.AddTo(this);
        Add(where);
        Add(output);
        SetAction(async (parsed, cancellationToken) =>
        {
            var open = archive.Opener(parsed.GetValue(file)!, parsed, console);
            var isWanted = DeviceFilter.Parse(parsed.GetValue(where));
            var lines = ArchiveLines.Filter(ArchiveLines.ReadRegistryAsync(open, cancellationToken), isWanted, cancellationToken);
            if (parsed.GetValue(output) == OutputFormat.Json)
            {
                await foreach (var line in lines)
                {
                    await console.Out.WriteLineAsync(Json(line));
                }
            }
            else
            {
                await console.WriteRowsAsync(parsed.GetValue(output), s_columns, lines.Select(Cells));
            }

            return ExitCodes.Ok;
        });
    }

    private static string Json(ExportImportDevice line) => JsonLine.Of(json =>
    {
        json.WriteString("deviceId", line.Id);
        json.WriteString("moduleId", line.ModuleId);
        json.WriteString("status", StatusOf(line));
        json.WriteString("authenticationType", TypeOf(line));
        if (!line.Tags.IsUndefined)
        {
            json.WritePropertyName("tags");
            json.WriteRawValue(line.Tags.Utf8.Span);
        }
    });

    private static string?[] Cells(ExportImportDevice line) => [line.Id, line.ModuleId, StatusOf(line), TypeOf(line), line.Tags.IsUndefined ? null : line.Tags.ToString()];

    private static string StatusOf(ExportImportDevice line) => line.Status == DeviceStatus.Disabled ? "disabled" : "enabled";

    private static string TypeOf(ExportImportDevice line) => WireNames.Of(line.Authentication?.EffectiveType ?? AuthenticationType.Sas);
}
