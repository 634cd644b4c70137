using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave consumer-groups</c>: who reads the event stream, each with positions of its own.</summary>
internal sealed class ConsumerGroupsCommand : Command
{
    /// <summary>What is shown of a group.</summary>
    public static readonly JsonView View = new("name", "created");

    public ConsumerGroupsCommand(CliConsole console)
        : base("consumer-groups", "Create, list and delete consumer groups of the event stream.")
    {
        Add(new ConsumerGroupsListCommand(console));
        Add(new ConsumerGroupsCreateCommand(console));
        Add(new ConsumerGroupsDeleteCommand(console));
    }
}
