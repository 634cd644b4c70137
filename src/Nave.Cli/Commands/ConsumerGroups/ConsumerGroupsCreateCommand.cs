using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave consumer-groups create</c>: makes a group.</summary>
internal sealed class ConsumerGroupsCreateCommand : ClientCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The group's name." };

    public ConsumerGroupsCreateCommand(CliConsole console)
        : base(console, "create", "Create a consumer group.")
    {
        Add(_name);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        ConsumerGroupsCommand.View.WriteOne(Console, call.Format, await call.Service.CreateConsumerGroupAsync(call.Get(_name), cancellationToken));
        return ExitCodes.Ok;
    }
}
