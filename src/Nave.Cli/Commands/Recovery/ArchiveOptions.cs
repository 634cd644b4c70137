using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary>What locks or opens an archive. A passphrase is never on the command line, where everybody on the machine can read it.</summary>
internal sealed class ArchiveOptions
{
    /// <summary>The environment variable with a passphrase.</summary>
    public const string Variable = "NAVE_PASSPHRASE";

    private readonly Option<string?> _passphrase = new("--passphrase-file")
    {
        Description = $"A file whose first line is the passphrase of the archive; else {Variable}.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--key-file") { Description = "A key file of age: AGE-SECRET-KEY-1…, or age1… to write only.", HelpName = "FILE" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_passphrase);
        command.Add(_key);
    }

    /// <summary>Gets a value indicating whether one of the options is given; the variable may be set for other commands.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_passphrase) is not null || parsed.GetValue(_key) is not null;

    /// <summary>Reads the key.</summary>
    /// <returns><see langword="null"/> if none is given.</returns>
    /// <exception cref="CliException">Two are given, or one is no key.</exception>
    public AgeKey? Read(ParseResult parsed, CliConsole console)
    {
        var (passphrase, key) = (parsed.GetValue(_passphrase), parsed.GetValue(_key));
        if (passphrase is not null && key is not null)
        {
            throw new CliException("Give either --passphrase-file or --key-file.", ExitCodes.Usage);
        }

        if (key is not null)
        {
            return AgeKey.Parse(File.ReadAllText(key));
        }

        var text = passphrase is null ? console.Environment(Variable) : File.ReadLines(passphrase).FirstOrDefault() ?? "";
        return passphrase is null && string.IsNullOrEmpty(text) ? null : AgeKey.OfPassphrase(text!); // Empty only from a file, which is refused.
    }

    /// <summary>Makes what opens an archive file, each time anew.</summary>
    public Func<CancellationToken, Task<ArchiveReader>> Opener(string file, ParseResult parsed, CliConsole console)
    {
        var key = Read(parsed, console);
        return async cancellationToken =>
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
            try
            {
                return await ArchiveReader.OpenAsync(stream, key, cancellationToken);
            }
            catch
            {
                await stream.DisposeAsync();
                throw;
            }
        };
    }
}
