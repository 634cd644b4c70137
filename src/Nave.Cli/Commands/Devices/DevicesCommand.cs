using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices</c>: the identity registry.</summary>
internal sealed class DevicesCommand : Command
{
    public DevicesCommand(CliConsole console)
        : base("devices", "List, show and change the devices of a hub.")
    {
        Add(new DevicesListCommand(console));
        Add(new DevicesShowCommand(console));
        Add(new DevicesCreateCommand(console));
        Add(new DevicesUpdateCommand(console));
        Add(new DevicesDeleteCommand(console));
        Add(new DevicesKeysCommand(console));
    }
}
