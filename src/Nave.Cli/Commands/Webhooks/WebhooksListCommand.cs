using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks list</c>: all webhooks, and how they are doing.</summary>
internal sealed class WebhooksListCommand : ClientCommand
{
    public WebhooksListCommand(CliConsole console)
        : base(console, "list", "List the webhooks.") => AddHubOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        WebhooksCommand.View.WriteAll(Console, call.Format, await call.Service.ListWebhooksAsync(cancellationToken));
        return ExitCodes.Ok;
    }
}
