using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations show</c>: one with its content (as JSON) and metrics.</summary>
internal sealed class ConfigurationsShowCommand : ClientCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The configuration's id." };

    public ConfigurationsShowCommand(CliConsole console)
        : base(console, "show", "Show a configuration and what it has reached; all of it with -o json.")
    {
        Add(_id);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        var found = await call.Service.GetConfigurationAsync(id, cancellationToken) ?? throw new CliException($"There is no configuration '{id}'.");
        ConfigurationsCommand.Write(Console, call.Format, found);
        return ExitCodes.Ok;
    }
}
