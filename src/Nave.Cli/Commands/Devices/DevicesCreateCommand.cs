using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices create</c>: makes devices or a module, and says what to connect with.</summary>
internal sealed class DevicesCreateCommand : ClientCommand
{
    private readonly Argument<string[]> _devices = new("DEVICE") { Description = "The device ids.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _module = CommonOptions.Module();
    private readonly AuthenticationOptions _authentication = new();
    private readonly Option<DeviceStatus> _status = CommonOptions.Choice("--status", DeviceStatus.Enabled, "Whether it may connect.");
    private readonly Option<string?> _reason = new("--reason") { Description = "Why it has its status.", HelpName = "TEXT" };
    private readonly Option<bool> _edge = new("--edge") { Description = "It is an edge gateway." };
    private readonly Option<string?> _tags = new("--tags") { Description = "The tags of its twin: JSON, or @FILE.", HelpName = "JSON" };

    public DevicesCreateCommand(CliConsole console)
        : base(console, "create", "Create devices (or a module) and print their keys and connection strings.")
    {
        Add(_devices);
        Add(_module);
        _authentication.AddTo(this);
        Add(_status);
        Add(_reason);
        Add(_edge);
        Add(_tags);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var tags = call.Get(_tags) is { } text ? await InputText.ReadJsonAsync(text, "--tags", Console, cancellationToken) : default;
        foreach (var device in call.Get(_devices))
        {
            var identity = new DeviceIdentity
            {
                DeviceId = device,
                ModuleId = call.Get(_module),
                Status = call.Get(_status),
                StatusReason = call.Get(_reason),
                Authentication = _authentication.Read(call),
                Capabilities = call.Get(_edge) ? new DeviceCapabilities { IotEdge = true } : null,
            };
            if (IdentityRules.Check(identity) is { } error)
            {
                throw new CliException(error.Message, ExitCodes.Usage);
            }

            var created = await call.Service.CreateDeviceAsync(identity, cancellationToken);
            if (!tags.IsUndefined)
            {
                var patch = RawJson.Parse($"{{\"tags\":{tags}}}");
                await call.Service.PatchTwinAsync(created.Id, patch, etag: null, cancellationToken);
            }

            DeviceKeys.Of(call.Target.Connection.HostName, created).Write(Console, call.Format);
        }

        return ExitCodes.Ok;
    }
}
