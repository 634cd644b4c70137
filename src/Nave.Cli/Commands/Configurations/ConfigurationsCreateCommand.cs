using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations create</c>.</summary>
internal sealed class ConfigurationsCreateCommand : ClientCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The configuration's id." };
    private readonly Option<string?> _content = new("--content")
    {
        Description = $"What it sets, such as {{\"deviceContent\":{{\"properties.desired.interval\":60}}}}: {InputText.Help}.",
        HelpName = "JSON",
    };

    private readonly ConfigurationOptions _options = new();

    public ConfigurationsCreateCommand(CliConsole console)
        : base(console, "create", "Create a configuration or an IoT Edge deployment.")
    {
        Add(_id);
        Add(_content);
        _options.AddTo(this);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var content = await ConfigurationOptions.ReadContentAsync(call.Get(_content), Console, cancellationToken);
        var wanted = await _options.ApplyAsync(new Configuration { Id = call.Get(_id), Content = content }, call, Console, cancellationToken);
        ConfigurationsCommand.Write(Console, call.Format, await call.Service.CreateConfigurationAsync(wanted, cancellationToken));
        return ExitCodes.Ok;
    }
}
