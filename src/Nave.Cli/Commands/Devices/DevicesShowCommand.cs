using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices show</c>: one identity, without its keys.</summary>
internal sealed class DevicesShowCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();

    public DevicesShowCommand(CliConsole console)
        : base(console, "show", "Show a device or module; its keys are shown by 'devices keys'.")
    {
        _identity.AddTo(this);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = _identity.Read(call);
        var identity = await call.Service.GetDeviceAsync(id, cancellationToken) ?? throw CliException.NotFound(id);
        DeviceView.Write(Console, call.Format, identity);
        return ExitCodes.Ok;
    }
}
