using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Fleet.Replication;

namespace Nave.Cli.Commands;

/// <summary><c>nave replicate status</c>: where a replication stands, and what it set aside.</summary>
internal sealed class ReplicateStatusCommand : ReplicateClientCommand
{
    private readonly Option<int?> _poison = CommonOptions.Number("--poison", 0, 1_000, "How many of the events that were set aside are shown, the newest first. Default 10.");

    public ReplicateStatusCommand(CliConsole console)
        : base(console, "status", "Show partitions, lag, and events that were set aside.")
    {
        Add(_poison);
        AddReplicateOptions();
    }

    protected override async Task<int> RunAsync(ReplicateCall call, CancellationToken cancellationToken)
    {
        await call.Sink.OpenAsync(cancellationToken);
        var status = await ReplicationStatus.ReadAsync(
            call.Definition.Options, call.Events, call.Sink, call.Get(_poison) ?? 10, TimeProvider.System, cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(ReplicateStatusReport.Of(status), ReplicateJson.Default.ReplicateStatusReport));
            return ExitCodes.Ok;
        }

        Console.WriteRows(
            call.Format,
            ["partition", "owner", "checkpoint", "end", "lagEvents", "lagSeconds", "written"],
            status.Partitions.Select(each => (IReadOnlyList<string?>)[
                each.Partition, each.Owner, $"{each.Sequence}", $"{each.End}", $"{each.LagEvents}", each.LagSeconds.ToString(CultureInfo.InvariantCulture),
                each.Written is { } written ? WireTime.Format(written) : null]));
        var human = Console.Human(call.Format);
        await human.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{status.Documents} documents, {status.Deleted} deleted; {status.LagEvents} events and {status.LagSeconds} s behind; {status.Instances.Count} instances; {status.PoisonCount} events set aside."));
        if (status.Poison.Count > 0)
        {
            await human.WriteLineAsync();
            Console.WriteRows(
                call.Format,
                ["partition", "sequenceNumber", "enqueuedTime", "deviceId", "moduleId", "opType", "reason"],
                status.Poison.Select(each => (IReadOnlyList<string?>)[
                    each.Partition, $"{each.SequenceNumber}", WireTime.Format(each.EnqueuedTime), each.DeviceId, each.ModuleId, each.Operation, each.Reason]));
        }

        return ExitCodes.Ok;
    }
}
