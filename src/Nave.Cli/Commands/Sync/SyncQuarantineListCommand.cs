using Nave.Cli.Output;
using Nave.Fleet.Sync.State;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync quarantine list</c>.</summary>
internal sealed class SyncQuarantineListCommand : SyncClientCommand
{
    public SyncQuarantineListCommand(CliConsole console)
        : base(console, "list", "List the devices that are left alone until somebody decides.") => AddSyncOptions();

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        var devices = (await call.OpenStoreAsync(cancellationToken)).QuarantineAsync(call.Configuration.Name, cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            await foreach (var device in devices)
            {
                await Console.Out.WriteLineAsync(LineOf(device));
            }

            return ExitCodes.Ok;
        }

        await Console.WriteRowsAsync(call.Format, ["deviceId", "since", "take", "reasons"], devices.Select(device =>
            (IReadOnlyList<string?>)[device.DeviceId, $"{device.Since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}", device.Take, string.Join(' ', device.Reasons)]));
        return ExitCodes.Ok;
    }

    private static string LineOf(QuarantinedDevice device) => JsonLine.Of(json =>
    {
        json.WriteString("deviceId", device.DeviceId);
        json.WriteString("since", $"{device.Since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        json.WriteString("take", device.Take);
        json.WriteStartArray("reasons");
        foreach (var reason in device.Reasons)
        {
            json.WriteStringValue(reason);
        }

        json.WriteEndArray();
    });
}
