using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices update</c>: changes status or authentication of an identity.</summary>
internal sealed class DevicesUpdateCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();
    private readonly Option<DeviceStatus> _status = CommonOptions.Choice("--status", DeviceStatus.Enabled, "Whether it may connect.");
    private readonly Option<string?> _reason = new("--reason") { Description = "Why it has its status.", HelpName = "TEXT" };
    private readonly AuthenticationOptions _authentication = new();
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public DevicesUpdateCommand(CliConsole console)
        : base(console, "update", "Change status or authentication of a device or module.")
    {
        _identity.AddTo(this);
        Add(_status);
        Add(_reason);
        _authentication.AddTo(this);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var authentication = _authentication.Read(call);
        if (!call.Has(_status) && !call.Has(_reason) && authentication is null)
        {
            throw new CliException("Nothing is to be changed: give --status, --reason or --auth.", ExitCodes.Usage);
        }

        var id = _identity.Read(call);
        var identity = await call.Service.GetDeviceAsync(id, cancellationToken) ?? throw CliException.NotFound(id);
        var changed = identity with
        {
            Status = call.Has(_status) ? call.Get(_status) : identity.Status,
            StatusReason = call.Has(_reason) ? call.Get(_reason) : call.Has(_status) ? null : identity.StatusReason,
            Authentication = authentication ?? identity.Authentication,
        };

        // What was read is what is changed: somebody else's change in between is not undone.
        var updated = await call.Service.UpdateDeviceAsync(changed, call.Get(_etag) ?? identity.ETag, cancellationToken);
        DeviceView.Write(Console, call.Format, updated);
        return ExitCodes.Ok;
    }
}
