using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub aliases</c>: the other host names by which clients choose a hub.</summary>
internal sealed class HubAliasesCommand : ClientCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The hub's name." };
    private readonly Argument<string[]> _aliases = new("HOST")
    {
        Description = "The host names it is to have besides its own, 10 at most; none removes them all.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public HubAliasesCommand(CliConsole console)
        : base(console, "aliases", "Give a hub other host names, such as one it shares with its mirror.")
    {
        Add(_name);
        Add(_aliases);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var aliases = JsonLine.Of(json => HubView.WriteAliases(json, call.Get(_aliases) ?? []));
        var hub = await call.Service.SetHubAliasesAsync(call.Get(_name), RawJson.Parse(aliases), cancellationToken);
        using var document = hub.ToDocument();
        Console.WriteOne(call.Format, JsonLine.Of(hub), [.. HubView.Columns.Select(column => (column, HubView.Cell(document.RootElement, column)))]);
        return ExitCodes.Ok;
    }
}
