using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary><c>nave backup key</c>: makes a key file, as age-keygen does.</summary>
internal sealed class BackupKeyCommand : Command
{
    public BackupKeyCommand(CliConsole console)
        : base("key", "Make a key file for archives, in the form of age-keygen.")
    {
        var file = new Argument<string>("FILE") { Description = "The file to write; only its owner may read it." };
        Add(file);
        SetAction(async (parsed, cancellationToken) =>
        {
            var text = AgeKey.Generate();
            await using (var writer = new StreamWriter(PrivateFile.Create(parsed.GetValue(file)!, FileMode.CreateNew)))
            {
                await writer.WriteAsync(text.AsMemory(), cancellationToken);
            }

            // The comment with the public key.
            await console.Out.WriteLineAsync(text.Split('\n')[0][2..]);
            return ExitCodes.Ok;
        });
    }
}
