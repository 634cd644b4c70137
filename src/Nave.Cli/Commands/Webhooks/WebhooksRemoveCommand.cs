using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks remove</c>: removes one, with what waits for it.</summary>
internal sealed class WebhooksRemoveCommand : ClientCommand
{
    private readonly Argument<string> _name = WebhooksCommand.NameArgument();

    public WebhooksRemoveCommand(CliConsole console)
        : base(console, "remove", "Remove a webhook, what waits for it and what was given up.")
    {
        Add(_name);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        await call.Service.DeleteWebhookAsync(call.Get(_name), cancellationToken);
        Console.WriteDeleted(call.Format, "name", call.Get(_name));
        return ExitCodes.Ok;
    }
}
