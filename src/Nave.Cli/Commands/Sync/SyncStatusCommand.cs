using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync status</c>: how a sync is doing, whether it is served or not.</summary>
internal sealed class SyncStatusCommand : SyncClientCommand
{
    public SyncStatusCommand(CliConsole console)
        : base(console, "status", "Show the queue, what was given up, the last run and the next.") => AddSyncOptions();

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        await using var control = await SyncControl.OpenAsync(call.Configuration, TimeProvider.System, cancellationToken);
        var status = await control.GetStatusAsync(cancellationToken);
        Console.WriteOne(call.Format, JsonSerializer.Serialize(status, SyncHostJson.Readable.SyncStatus),
        [
            ("sync", status.Sync),
            ("hub", status.Hub),
            ("provider", status.Provider),
            ("master", status.Master),
            ("serving", status.Serving ? "yes" : "no"),
            ("queue", $"{status.QueueDepth}"),
            ("in work", $"{status.InWork}"),
            ("next attempt", status.Next.Count > 0 ? $"{SyncTimes.Of(status.Next[0].NextAttempt)} {status.Next[0].DeviceId}" : null),
            ("dead", $"{status.Dead}"),
            ("last run", status.LastRun is { } run ? $"{SyncTimes.Of(run.Started)} {SyncText.Of(run.Outcome)} ({run.Id})" : null),
            ("lease", status.Lease is { } lease ? $"{lease.Holder} until {SyncTimes.Of(lease.Expires)}" : null),
            ("next run", status.NextRun is { } next ? SyncTimes.Of(next) : null),
            ("events", status.Events is { } events ? events.Problem ?? (events.LastEvent is { } last ? $"read up to {SyncTimes.Of(last)}" : events.Reading ? "none yet" : "starting") : null),
        ]);
        if (call.Format == OutputFormat.Table && status.Next.Count > 0)
        {
            await Console.Out.WriteLineAsync();
            Console.WriteRows(
                call.Format,
                ["deviceId", "operation", "phase", "attempts", "firstSeen", "nextAttempt", "reason"],
                status.Next.Select(IReadOnlyList<string?> (item) =>
                    [item.DeviceId, item.Operation, item.Phase, $"{item.Attempts}", SyncTimes.Of(item.FirstSeen), SyncTimes.Of(item.NextAttempt), item.Reason]));
        }

        return ExitCodes.Ok;
    }
}
