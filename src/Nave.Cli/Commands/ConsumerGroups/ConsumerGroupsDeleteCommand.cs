using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave consumer-groups delete</c>: removes a group.</summary>
internal sealed class ConsumerGroupsDeleteCommand : ClientCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The group's name." };

    public ConsumerGroupsDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete a consumer group; whoever reads with it is cut off.")
    {
        Add(_name);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        await call.Service.DeleteConsumerGroupAsync(name, cancellationToken);
        Console.WriteDeleted(call.Format, "name", name);
        return ExitCodes.Ok;
    }
}
