using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave twin show</c>: a whole twin.</summary>
internal sealed class TwinShowCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();

    public TwinShowCommand(CliConsole console)
        : base(console, "show", "Show the twin of a device or module.")
    {
        _identity.AddTo(this);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        TwinView.Write(Console, call.Format, await call.Service.GetTwinAsync(_identity.Read(call), cancellationToken));
        return ExitCodes.Ok;
    }
}
