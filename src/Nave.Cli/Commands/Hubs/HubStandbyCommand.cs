using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub standby</c>: whether a hub takes devices, or leaves them to the hub that it mirrors.</summary>
internal sealed class HubStandbyCommand : ClientCommand
{
    private const string On = "on";
    private const string Off = "off";

    private readonly Argument<string?> _state = new("STATE")
    {
        Description = "on: devices are cut off and refused with 503; off: the hub is active. Without it the state is shown.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public HubStandbyCommand(CliConsole console)
        : base(console, "standby", "Let a hub stand by for another, or be active.")
    {
        _state.AcceptOnlyFromAmong(On, Off);
        Add(_state);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var standby = call.Get(_state) is { } state
            ? await call.Service.SetStandbyAsync(state == On, cancellationToken)
            : await call.Service.GetStandbyAsync(cancellationToken);
        var json = JsonLine.Of(writer =>
        {
            writer.WriteString("hostName", call.Service.HostName);
            writer.WriteBoolean("standby", standby);
        });
        Console.WriteOne(call.Format, json, [("hostName", call.Service.HostName), ("standby", standby ? "true" : "false")]);
        return ExitCodes.Ok;
    }
}
