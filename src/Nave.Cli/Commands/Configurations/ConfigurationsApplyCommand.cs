using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave configurations apply</c>: content for one device, once.</summary>
internal sealed class ConfigurationsApplyCommand : ClientCommand
{
    private readonly Argument<string> _device = new("DEVICE") { Description = "The device's id." };
    private readonly Option<string?> _content = new("--content")
    {
        Description = $"What is set, such as {{\"modulesContent\":{{…}}}} for an edge device: {InputText.Help}.",
        HelpName = "JSON",
    };

    public ConfigurationsApplyCommand(CliConsole console)
        : base(console, "apply", "Apply content to one device, once.")
    {
        Add(_device);
        Add(_content);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var device = call.Get(_device);
        await call.Service.ApplyConfigurationContentAsync(
            device, await ConfigurationOptions.ReadContentAsync(call.Get(_content), Console, cancellationToken), cancellationToken);
        Console.WriteOne(call.Format, JsonLine.Of(json =>
        {
            json.WriteString("deviceId", device);
            json.WriteBoolean("applied", true);
        }), [("deviceId", device), ("applied", "true")]);
        return ExitCodes.Ok;
    }
}
