using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub</c>: the hubs of one process.</summary>
internal sealed class HubCommand : Command
{
    public HubCommand(CliConsole console)
        : base("hub", "Create, list, change and delete hubs of a running server, and configure one.")
    {
        Add(new HubListCommand(console));
        Add(new HubCreateCommand(console));
        Add(new HubAliasesCommand(console));
        Add(new HubStandbyCommand(console));
        Add(new HubDeleteCommand(console));
        Add(new FileUploadCommand(console));
        Add(new WebhooksCommand(console));
    }
}
