using System.CommandLine;
using System.Text;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub webhooks add</c>: adds or replaces one, which is asked whether it wants events.</summary>
internal sealed class WebhooksAddCommand : ClientCommand
{
    private readonly Argument<string> _name = WebhooksCommand.NameArgument();
    private readonly Argument<string> _url = new("URL") { Description = "Where events go: https://host/path. @FILE and '-' (stdin) keep a secret in its query off the command line." };
    private readonly Option<WebhookSchemaChoice> _schema = CommonOptions.Choice("--schema", WebhookSchemaChoice.EventGrid, "How events are written: eventGrid (default) or cloudEvents (1.0).");
    private readonly Option<string[]> _events = new("--event")
    {
        Description = "DeviceCreated, DeviceDeleted, DeviceConnected or DeviceDisconnected; may be given again. Default all.",
        HelpName = "EVENT",
    };

    private readonly Option<string?> _header = new("--header") { Description = "A header that every request carries, 'NAME: VALUE', as text or @FILE: a shared secret.", HelpName = "TEXT" };
    private readonly Option<bool> _http = new("--allow-http") { Description = "Permit an http URL: events, and the header, cross the network in clear." };

    public WebhooksAddCommand(CliConsole console)
        : base(console, "add", "Add or replace a webhook.")
    {
        Add(_name);
        Add(_url);
        Add(_schema);
        Add(_events);
        Add(_header);
        Add(_http);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var url = await ReadAsync(call.Get(_url), cancellationToken);
        var header = call.Get(_header) is { } text ? (await ReadAsync(text, cancellationToken)).Split(':', 2, StringSplitOptions.TrimEntries) : null;
        if (header is { Length: not 2 })
        {
            throw new CliException("--header has no colon; 'NAME: VALUE' is permitted.", ExitCodes.Usage);
        }

        var webhook = JsonLine.Of(json =>
        {
            json.WriteString("url", url);
            json.WriteString("schema", call.Get(_schema).ToString());
            json.WriteBoolean("allowHttp", call.Get(_http));
            json.WriteStartArray("events");
            foreach (var item in call.Get(_events) ?? [])
            {
                json.WriteStringValue(item);
            }

            json.WriteEndArray();
            if (header is not null)
            {
                json.WriteString("headerName", header[0]);
                json.WriteString("headerValue", header[1]);
            }
        });
        var added = await call.Service.PutWebhookAsync(call.Get(_name), RawJson.Parse(webhook), cancellationToken);
        WebhooksCommand.View.WriteOne(Console, call.Format, added);
        using var document = added.ToDocument();
        if (document.RootElement.GetProperty("state").GetString() != "active")
        {
            Console.Error.WriteLine("It did not say yes. Open the validation URL that it was sent within ten minutes, or run: nave hub webhooks test " + call.Get(_name));
        }

        return ExitCodes.Ok;
    }

    private async Task<string> ReadAsync(string text, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await InputText.ReadAsync(text, Console, cancellationToken)).Trim();
}
