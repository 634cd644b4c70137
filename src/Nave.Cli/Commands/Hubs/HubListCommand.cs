using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub list</c>: the hubs of the server.</summary>
internal sealed class HubListCommand : ClientCommand
{
    public HubListCommand(CliConsole console)
        : base(console, "list", "List the hubs.") => AddHubOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var hubs = await call.Service.ListHubsAsync(cancellationToken);
        using var document = hubs.ToDocument();
        if (call.Format != OutputFormat.Json)
        {
            Console.WriteRows(call.Format, HubView.Columns, document.RootElement.EnumerateArray().Select(HubView.Cells));
            return ExitCodes.Ok;
        }

        foreach (var hub in document.RootElement.EnumerateArray())
        {
            await Console.Out.WriteLineAsync(JsonLine.Of(RawJson.From(hub)));
        }

        return ExitCodes.Ok;
    }
}
