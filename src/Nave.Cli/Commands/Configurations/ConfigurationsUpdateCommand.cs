using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations update</c>: changes what is given, and nothing else; content cannot be changed.</summary>
internal sealed class ConfigurationsUpdateCommand : ClientCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The configuration's id." };
    private readonly ConfigurationOptions _options = new();
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public ConfigurationsUpdateCommand(CliConsole console)
        : base(console, "update", "Change condition, priority, labels or metrics; what is not given stays as it is.")
    {
        Add(_id);
        _options.AddTo(this);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        if (!_options.AreGiven(call))
        {
            throw new CliException("There is nothing to change: --target-condition, --priority, --labels or --metrics is needed.", ExitCodes.Usage);
        }

        var current = await call.Service.GetConfigurationAsync(id, cancellationToken) ?? throw new CliException($"There is no configuration '{id}'.");
        var wanted = await _options.ApplyAsync(current, call, Console, cancellationToken);

        // What was read is what is changed: somebody else's change in between is not undone.
        ConfigurationsCommand.Write(Console, call.Format, await call.Service.UpdateConfigurationAsync(wanted, call.Get(_etag) ?? current.ETag, cancellationToken));
        return ExitCodes.Ok;
    }
}
