using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync dead</c>: devices that were given up.</summary>
internal sealed class SyncDeadCommand : Command
{
    public SyncDeadCommand(CliConsole console)
        : base("dead", "Show devices that were given up, and retry or discard them.")
    {
        Add(new SyncDeadListCommand(console));
        Add(new SyncDeadRetryCommand(console));
        Add(new SyncDeadDiscardCommand(console));
    }
}
