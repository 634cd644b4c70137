using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub delete</c>: removes a hub with everything in it.</summary>
internal sealed class HubDeleteCommand : ClientCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The hub's name." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do not ask: its devices, twins and events are gone for good." };

    public HubDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete a hub with everything in it.")
    {
        Add(_name);
        Add(_yes);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        if (!call.Get(_yes))
        {
            await Console.Error.WriteAsync($"Delete the hub '{name}' with all its devices, twins and events? Type its name: ");
            if ((await Console.In.ReadLineAsync(cancellationToken))?.Trim() != name)
            {
                throw new CliException("Nothing is deleted. (Scripts give --yes.)");
            }
        }

        await call.Service.DeleteHubAsync(name, cancellationToken);
        Console.WriteDeleted(call.Format, "name", name);
        return ExitCodes.Ok;
    }
}
