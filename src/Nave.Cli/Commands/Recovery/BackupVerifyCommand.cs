using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave backup verify</c>: reads an archive to its end and checks all of it.</summary>
internal sealed class BackupVerifyCommand : Command
{
    public BackupVerifyCommand(CliConsole console)
        : base("verify", "Read an archive to its end, check all of it, and say what is in it.")
    {
        var file = new Argument<string>("FILE") { Description = "The archive." };
        var archive = new ArchiveOptions();
        var output = CommonOptions.Output();
        Add(file);
        archive.AddTo(this);
        Add(output);
        SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(file)!;
            await using var reader = await archive.Opener(name, parsed, console)(cancellationToken);
            var manifest = await reader.VerifyAsync(ArchiveLines.Check, cancellationToken);
            BackupView.Write(console, parsed.GetValue(output), name, manifest, reader.IsEncrypted);
            return ExitCodes.Ok;
        });
    }
}
