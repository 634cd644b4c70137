using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks dead</c>: events that were given up; lists, tries again or discards.</summary>
internal sealed class WebhooksDeadCommand : ClientCommand
{
    private static readonly JsonView s_view = new("id", "eventType", "subject", "eventTime", "attempts", "reason", "deadLettered");

    private readonly Argument<string> _name = WebhooksCommand.NameArgument();
    private readonly Option<string?> _retry = new("--retry") { Description = "Try this one again, with all attempts before it.", HelpName = "ID" };
    private readonly Option<string?> _discard = new("--discard") { Description = "Remove this one.", HelpName = "ID" };
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, 1000, "How many to list. Default 100.");

    public WebhooksDeadCommand(CliConsole console)
        : base(console, "dead", "List events that were given up, oldest first; try one again, or discard it.")
    {
        Add(_name);
        Add(_retry);
        Add(_discard);
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var (name, retry, discard) = (call.Get(_name), call.Get(_retry), call.Get(_discard));
        if (retry is not null && discard is not null)
        {
            throw new CliException("--retry and --discard exclude each other.", ExitCodes.Usage);
        }

        if ((retry ?? discard) is { } id)
        {
            await call.Service.SettleDeadWebhookEventAsync(name, id, retry is not null, cancellationToken);
            Console.Error.WriteLine(retry is not null ? $"{id} is tried again." : $"{id} is discarded.");
            return ExitCodes.Ok;
        }

        s_view.WriteAll(Console, call.Format, await call.Service.ListDeadWebhookEventsAsync(name, call.Get(_top) ?? 100, cancellationToken));
        return ExitCodes.Ok;
    }
}
