using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave consumer-groups list</c>: all groups.</summary>
internal sealed class ConsumerGroupsListCommand : ClientCommand
{
    public ConsumerGroupsListCommand(CliConsole console)
        : base(console, "list", "List the consumer groups.") => AddHubOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        ConsumerGroupsCommand.View.WriteAll(Console, call.Format, await call.Service.ListConsumerGroupsAsync(cancellationToken));
        return ExitCodes.Ok;
    }
}
