using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks test</c>: asks one again whether it wants events. Exit code 1 if it does not say yes.</summary>
internal sealed class WebhooksTestCommand : ClientCommand
{
    private static readonly JsonView s_view = new("name", "ok", "status", "problem");

    private readonly Argument<string> _name = WebhooksCommand.NameArgument();

    public WebhooksTestCommand(CliConsole console)
        : base(console, "test", "Ask a webhook whether it wants events: its handshake; one that awaits validation is active once it says yes.")
    {
        Add(_name);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var result = await call.Service.TestWebhookAsync(call.Get(_name), cancellationToken);
        s_view.WriteOne(Console, call.Format, result);
        using var document = result.ToDocument();
        return document.RootElement.GetProperty("ok").GetBoolean() ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
