using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync dead list</c>.</summary>
internal sealed class SyncDeadListCommand : SyncClientCommand
{
    public SyncDeadListCommand(CliConsole console)
        : base(console, "list", "List devices that were given up, and why.") => AddSyncOptions();

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        await using var control = await SyncControl.OpenAsync(call.Configuration, TimeProvider.System, cancellationToken);
        var letters = await control.GetDeadAsync(cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            foreach (var letter in letters)
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(letter, SyncHostJson.Readable.SyncDeadLetter));
            }

            return ExitCodes.Ok;
        }

        Console.WriteRows(
            call.Format,
            ["deviceId", "operation", "phase", "attempts", "firstSeen", "failedTime", "permanent", "reason"],
            letters.Select(IReadOnlyList<string?> (letter) =>
            [
                letter.DeviceId, letter.Operation, letter.Phase, $"{letter.Attempts}", SyncTimes.Of(letter.FirstSeen), SyncTimes.Of(letter.FailedTime),
                letter.Permanent ? "yes" : "no", letter.Reason,
            ]));
        return ExitCodes.Ok;
    }
}
