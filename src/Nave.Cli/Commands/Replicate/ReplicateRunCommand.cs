using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Cli.Output;
using Nave.Fleet.Replication;

namespace Nave.Cli.Commands;

/// <summary><c>nave replicate run</c>: replicates until it is told to stop, or has caught up.</summary>
internal sealed class ReplicateRunCommand : ReplicateClientCommand
{
    private static readonly TimeSpan s_noteInterval = TimeSpan.FromSeconds(10);

    private readonly Option<bool> _untilCaughtUp = new("--until-caught-up") { Description = "Stop when everything that is in the hub's stream now is in the target." };
    private readonly Option<Uri?> _otlp = new("--otlp-endpoint") { Description = "Where to send OpenTelemetry metrics, such as http://localhost:4317.", HelpName = "URL" };
    private readonly Option<LogLevel?> _logLevel = new("--log-level") { Description = "Trace, Debug, Information, Warning (default) or Error.", HelpName = "LEVEL" };
    private readonly Option<LogFormat?> _logFormat = new("--log-format") { Description = "text (default) or json, on stderr.", HelpName = "FORMAT" };

    public ReplicateRunCommand(CliConsole console)
        : base(console, "run", "Replicate, together with other instances of the same consumer group, until it is stopped.")
    {
        foreach (var option in (ReadOnlySpan<Option>)[_untilCaughtUp, _otlp, _logLevel, _logFormat])
        {
            Add(option);
        }

        AddReplicateOptions();
    }

    protected override async Task<int> RunAsync(ReplicateCall call, CancellationToken cancellationToken)
    {
        using var export = call.Get(_otlp) is { } endpoint ? new ReplicateExport(endpoint, call.Definition.Options.Instance) : null;
        using var loggers = LoggerFactory.Create(builder => Logging.Configure(builder, call.Get(_logLevel) ?? LogLevel.Warning, call.Get(_logFormat) ?? LogFormat.Text));
        var replicator = new Replicator(
            call.Definition.Options, call.Events, call.Hub, call.Sink, TimeProvider.System, loggers.CreateLogger<Replicator>());
        await Console.Error.WriteLineAsync($"nave: Replicating {call.Hub.HostName} into {call.Sink.Description}.");
        var running = replicator.RunAsync(call.Get(_untilCaughtUp), cancellationToken);
        while (await Task.WhenAny(running, Task.Delay(s_noteInterval, TimeProvider.System, CancellationToken.None)) != running)
        {
            var now = replicator.Summary;
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"nave: {now.Events} events, {now.Documents} documents written, {now.Poison} events set aside, {now.LagEvents} events and {now.LagSeconds:0.0} s behind."));
        }

        Write(call.Format, await running);
        return ExitCodes.Ok;
    }

    private void Write(OutputFormat format, ReplicationSummary summary) => Console.WriteOne(
        format,
        JsonSerializer.Serialize(summary, ReplicateJson.Default.ReplicationSummary),
        [
            ("events", $"{summary.Events}"),
            ("applied", $"{summary.Applied}"),
            ("stale", $"{summary.Stale}"),
            ("reads", $"{summary.Reads}"),
            ("poison", $"{summary.Poison}"),
            ("documents", $"{summary.Documents}"),
            ("batches", $"{summary.Batches}"),
            ("bootstrapped", summary.Bootstrapped is { } twins ? $"{twins}" : null),
            ("partitions", $"{summary.Partitions}"),
            ("lagEvents", $"{summary.LagEvents}"),
            ("lagSeconds", FormattableString.Invariant($"{summary.LagSeconds}")),
            ("delayP50Ms", FormattableString.Invariant($"{summary.DelayP50Ms}")),
            ("delayP99Ms", FormattableString.Invariant($"{summary.DelayP99Ms}")),
            ("seconds", FormattableString.Invariant($"{summary.Seconds}")),
        ]);
}
