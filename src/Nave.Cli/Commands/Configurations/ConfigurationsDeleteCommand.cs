using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations delete</c>.</summary>
internal sealed class ConfigurationsDeleteCommand : ClientCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The configuration's id." };
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public ConfigurationsDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete a configuration; what it set is taken out of twins.")
    {
        Add(_id);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        await call.Service.DeleteConfigurationAsync(id, call.Get(_etag), cancellationToken);
        Console.WriteDeleted(call.Format, "id", id);
        return ExitCodes.Ok;
    }
}
