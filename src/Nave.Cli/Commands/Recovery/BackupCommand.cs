using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave backup</c>: looks into archives.</summary>
internal sealed class BackupCommand : Command
{
    public BackupCommand(CliConsole console)
        : base("backup", "Verify, list and compare archives of nave export.")
    {
        Add(new BackupVerifyCommand(console));
        Add(new BackupListCommand(console));
        Add(new BackupDiffCommand(console));
        Add(new BackupKeyCommand(console));
    }
}
