using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync quarantine</c>: devices that both masters changed.</summary>
internal sealed class SyncQuarantineCommand : Command
{
    public SyncQuarantineCommand(CliConsole console)
        : base("quarantine", "List devices that both masters changed, and say which side is right.")
    {
        Add(new SyncQuarantineListCommand(console));
        Add(new SyncQuarantineResolveCommand(console));
    }
}
