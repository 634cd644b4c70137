using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync</c>: keeps a hub and an external device registry the same.</summary>
internal sealed class SyncCommand : Command
{
    public SyncCommand(CliConsole console)
        : base("sync", "Keep a hub and an external device registry the same.")
    {
        Add(new SyncPlanCommand(console));
        Add(new SyncApplyCommand(console));
        Add(new SyncRunsCommand(console));
        Add(new SyncQuarantineCommand(console));
        Add(new SyncServeCommand(console));
        Add(new SyncStatusCommand(console));
        Add(new SyncDeadCommand(console));
    }
}
