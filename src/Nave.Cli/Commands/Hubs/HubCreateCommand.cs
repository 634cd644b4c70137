using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub create</c>: makes a hub and prints its connection string.</summary>
internal sealed class HubCreateCommand : ClientCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The hub's name: the first label of its host name." };
    private readonly Option<string?> _host = new("--host") { Description = "The host name by which clients choose it. Default the name alone.", HelpName = "NAME" };
    private readonly Option<string[]> _aliases = HubView.AliasOption();
    private readonly Option<int?> _partitions = CommonOptions.Number("--partitions", 1, 32, "Partitions of its event stream. Default 4.");
    private readonly Option<string?> _tier = new("--tier") { Description = "Its limits: F1, S1, S2, S3 or unlimited (default).", HelpName = "TIER" };
    private readonly Option<double?> _hours = new("--retention-hours") { Description = "How long it keeps events. Default 24; 0 = for ever.", HelpName = "H" };
    private readonly Option<long?> _bytes = new("--retention-bytes") { Description = "How many bytes of events it keeps. Default no limit.", HelpName = "N" };

    public HubCreateCommand(CliConsole console)
        : base(console, "create", "Create a hub.")
    {
        Add(_name);
        Add(_host);
        Add(_aliases);
        Add(_partitions);
        Add(_tier);
        Add(_hours);
        Add(_bytes);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        var definition = JsonLine.Of(json =>
        {
            json.WriteString("hostName", call.Get(_host) ?? name);
            HubView.WriteAliases(json, call.Get(_aliases) ?? []);
            json.WriteNumber("partitions", call.Get(_partitions) ?? 4);
            json.WriteString("tier", call.Get(_tier) ?? "unlimited");
            json.WritePropertyName("retentionHours");
            if (call.Get(_hours) is 0)
            {
                json.WriteNullValue();
            }
            else
            {
                json.WriteNumberValue(call.Get(_hours) ?? 24);
            }

            if (call.Get(_bytes) is { } bytes)
            {
                json.WriteNumber("retentionBytes", bytes);
            }
        });
        var hub = await call.Service.CreateHubAsync(name, RawJson.Parse(definition), cancellationToken);
        using var document = hub.ToDocument();
        Console.WriteOne(
            call.Format,
            JsonLine.Of(hub),
            [.. HubView.Columns.Append("serviceConnectionString").Select(column => (column, HubView.Cell(document.RootElement, column)))]);
        return ExitCodes.Ok;
    }
}
