using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks</c>: who is told of devices that come and go, as Event Grid tells them.</summary>
internal sealed class WebhooksCommand : Command
{
    /// <summary>What is shown of one.</summary>
    public static readonly JsonView View = new("name", "state", "schema", "url", "pending", "dead", "lastDelivered", "lastProblem");

    public WebhooksCommand(CliConsole console)
        : base("webhooks", "Add, list, test and remove webhooks that are told of devices.")
    {
        Add(new WebhooksAddCommand(console));
        Add(new WebhooksListCommand(console));
        Add(new WebhooksTestCommand(console));
        Add(new WebhooksDeadCommand(console));
        Add(new WebhooksRemoveCommand(console));
    }

    /// <summary>The webhook's name.</summary>
    public static Argument<string> NameArgument() => new("NAME") { Description = "The webhook's name: 3 to 64 lower-case letters, digits and hyphens." };
}
