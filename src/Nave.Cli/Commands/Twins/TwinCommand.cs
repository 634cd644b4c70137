using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave twin</c>: device and module twins.</summary>
internal sealed class TwinCommand : Command
{
    public TwinCommand(CliConsole console)
        : base("twin", "Show, change and query twins.")
    {
        Add(new TwinShowCommand(console));
        Add(new TwinUpdateCommand(console));
        Add(new TwinQueryCommand(console));
    }
}
