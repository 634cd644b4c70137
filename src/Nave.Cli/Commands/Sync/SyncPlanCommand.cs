using System.CommandLine;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Planning;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync plan</c>: what <c>apply</c> would change, and why.</summary>
internal sealed class SyncPlanCommand : SyncClientCommand
{
    private readonly Option<bool> _adopt = SyncText.Adopt();

    public SyncPlanCommand(CliConsole console)
        : base(console, "plan", "Show what would be changed, and why. Ends with 0 when nothing is, with 3 when something is.")
    {
        Add(_adopt);
        AddSyncOptions();
    }

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        var runner = await call.CreateRunnerAsync(needsStore: false, cancellationToken);
        using var plan = await SyncProgressBar.ShowAsync(
            Console, progress => runner.PlanAsync(call.Get(_adopt), progress, cancellationToken));
        Write(call.Format, plan);
        if (plan.Guard is { } guard)
        {
            await Console.Error.WriteLineAsync($"nave: This plan would not be applied. {guard}{(plan.GuardMayBeAllowed ? " --allow-deletes permits it." : string.Empty)}");
        }

        return plan.Counts.IsEmpty ? ExitCodes.Ok : ExitCodes.Changes;
    }

    private void Write(OutputFormat format, SyncPlan plan)
    {
        switch (format)
        {
            case OutputFormat.Json:
                WriteJson(plan);
                break;
            case OutputFormat.Tsv:
                Console.WriteRows(format, ["deviceId", "action", "side", "reasons"], plan.Changes().Select(change =>
                    (string?[])[change.DeviceId, SyncText.Of(change.Action), SyncText.Of(change.Side), string.Join(' ', change.Reasons)]));
                break;
            default:
                WriteText(plan);
                break;
        }
    }

    // One line, written as it is read: it may have a million changes.
    private void WriteJson(SyncPlan plan)
    {
        var counts = plan.Counts;
        Console.Out.Write($"{{\"create\":{counts.Create},\"update\":{counts.Update},\"delete\":{counts.Delete},\"unchanged\":{counts.Unchanged},\"conflict\":{counts.Conflict},\"changes\":[");
        var separator = string.Empty;
        foreach (var change in plan.Changes())
        {
            Console.Out.Write(separator);
            Console.Out.Write(JsonLine.Of(json =>
            {
                json.WriteString("deviceId", change.DeviceId);
                json.WriteString("action", SyncText.Of(change.Action));
                json.WriteString("side", SyncText.Of(change.Side));
                json.WriteStartArray("reasons");
                foreach (var reason in change.Reasons)
                {
                    json.WriteStringValue(reason);
                }

                json.WriteEndArray();
            }));
            separator = ",";
        }

        Console.Out.WriteLine("]}");
    }

    private void WriteText(SyncPlan plan)
    {
        foreach (var change in plan.Changes())
        {
            var (sign, side) = change.Action switch
            {
                PlanAction.Create => ('+', $" on the {SyncText.Of(change.Side)} side"),
                PlanAction.Update => ('~', $" on the {SyncText.Of(change.Side)} side"),
                PlanAction.Delete => ('-', $" on the {SyncText.Of(change.Side)} side"),
                _ => ('!', string.Empty),
            };
            Console.Out.WriteLine($"{sign} {change.DeviceId}: {SyncText.Of(change.Action)}{side.Replace("both side", "hub and the external side", StringComparison.Ordinal)}");
            foreach (var reason in change.Reasons)
            {
                Console.Out.WriteLine($"    {reason}");
            }
        }

        var counts = plan.Counts;
        Console.Out.WriteLine(
            $"{counts.Create} to create, {counts.Update} to update, {counts.Delete} to delete, {counts.Unchanged} unchanged, {counts.Conflict} in conflict.");
        if (counts.Foreign > 0)
        {
            Console.Out.WriteLine($"{counts.Foreign} more are not this sync's and are left alone.");
        }
    }
}
