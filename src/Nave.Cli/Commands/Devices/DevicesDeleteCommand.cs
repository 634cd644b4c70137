using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices delete</c>: removes devices with their modules, or one module.</summary>
internal sealed class DevicesDeleteCommand : ClientCommand
{
    private readonly Argument<string[]> _devices = new("DEVICE") { Description = "The device ids.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _module = CommonOptions.Module();
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public DevicesDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete devices with their modules, or one module of each.")
    {
        Add(_devices);
        Add(_module);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        foreach (var device in call.Get(_devices))
        {
            var id = new IdentityId(device, call.Get(_module));
            await call.Service.DeleteDeviceAsync(id, call.Get(_etag), cancellationToken);
            if (call.Format == OutputFormat.Json)
            {
                await Console.Out.WriteLineAsync(JsonLine.Of(json =>
                {
                    json.WriteString("deviceId", id.DeviceId);
                    json.WriteString("moduleId", id.ModuleId);
                    json.WriteBoolean("deleted", true);
                }));
            }
            else
            {
                await Console.Out.WriteLineAsync($"{id} is deleted.");
            }
        }

        return ExitCodes.Ok;
    }
}
