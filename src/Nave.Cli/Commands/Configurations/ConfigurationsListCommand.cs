using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations list</c>: all of a hub.</summary>
internal sealed class ConfigurationsListCommand : ClientCommand
{
    private const int MaxConfigurations = 100;

    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, MaxConfigurations, "At most so many.");

    public ConfigurationsListCommand(CliConsole console)
        : base(console, "list", "List configurations, with how many devices each has reached.")
    {
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var all = await call.Service.ListConfigurationsAsync(call.Get(_top) ?? MaxConfigurations, cancellationToken);
        await ConfigurationsCommand.WriteAllAsync(Console, call.Format, all);
        return ExitCodes.Ok;
    }
}
