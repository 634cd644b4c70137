using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary><c>nave mirror status</c>: how the mirror of a folder is doing, or did when it last ran.</summary>
internal sealed class MirrorStatusCommand : Command
{
    public MirrorStatusCommand(CliConsole console)
        : base("status", "Show how a mirror is doing.")
    {
        var store = MirrorOptionsText.Store();
        var output = CommonOptions.Output();
        Add(store);
        Add(output);
        SetAction(parsed =>
        {
            var folder = parsed.GetValue(store)!;
            var status = new MirrorFolder(folder).ReadStatus() ?? throw new CliException($"No mirror has run on '{folder}'.");
            console.WriteOne(parsed.GetValue(output), JsonSerializer.Serialize(status, RecoveryJson.Wire.MirrorStatus), MirrorOptionsText.Cells(status));
            return ExitCodes.Ok;
        });
    }
}
