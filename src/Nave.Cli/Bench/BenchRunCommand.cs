using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Bench;

/// <summary>One benchmark: on a hub that is named, or on a server process of its own.</summary>
internal abstract class BenchRunCommand : Command
{
    private readonly CliConsole _console;
    private readonly HubOptions _hub = new();
    private readonly Option<int?> _connections;
    private readonly Option<int?> _inFlight;
    private readonly Option<int?> _size = CommonOptions.Number("--size", 0, 256 * 1024, "Bytes of a body. Default 256.");
    private readonly Option<TimeSpan?> _for = CommonOptions.Span("--for", "How long to measure. Default 10s.");
    private readonly Option<TimeSpan?> _warmUp = CommonOptions.Span("--warm-up", "How long to run before. Default 2s.");
    private readonly Option<double?> _rate = new("--rate") { Description = "Operations a second in all. Default as many as there can be.", HelpName = "N" };
    private readonly Option<int?> _partitions = CommonOptions.Number("--partitions", 1, 32, "Partitions of a server of its own. Default 4.");
    private readonly Option<bool> _plain = new("--plain") { Description = "MQTT without TLS." };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly (int Connections, int InFlight) _defaults;

    protected BenchRunCommand(CliConsole console, string name, string description, int connections, int inFlight)
        : base(name, description)
    {
        _console = console;
        _defaults = (connections, inFlight);
        _connections = CommonOptions.Number("--connections", 1, 1_000_000, $"Connections. Default {connections}.");
        _inFlight = CommonOptions.Number("--in-flight", 1, 65_000, $"Operations under way at a time. Default {inFlight}.");
        foreach (var option in (ReadOnlySpan<Option>)[_connections, _inFlight, _size, _for, _warmUp, _rate, _partitions, _plain])
        {
            Add(option);
        }
    }

    /// <summary>Adds the options that all benchmarks have, after their own.</summary>
    protected void AddHubOptions()
    {
        Add(_output);
        _hub.AddTo(this);
        SetAction(RunAsync);
    }

    /// <summary>Makes the load and measures it.</summary>
    protected abstract Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken);

    /// <summary>Connects clients, some at a time.</summary>
    protected static Task ConnectAsync(IEnumerable<DeviceClient> clients, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        clients,
        new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken },
        async (client, token) => await client.ConnectAsync(token));

    /// <summary>Disconnects clients, some at a time.</summary>
    protected static Task DisconnectAsync(IEnumerable<DeviceClient> clients) => Parallel.ForEachAsync(
        clients, new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (client, _) => await client.DisposeAsync());

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = new BenchPlan(
            parsed.GetValue(_connections) ?? _defaults.Connections,
            parsed.GetValue(_inFlight) ?? _defaults.InFlight,
            parsed.GetValue(_size) ?? 256,
            parsed.GetValue(_warmUp) ?? TimeSpan.FromSeconds(2),
            parsed.GetValue(_for) ?? TimeSpan.FromSeconds(10),
            parsed.GetValue(_rate) is { } rate ? rate > 0 ? rate : throw new CliException($"--rate is {rate}; a number above 0 is permitted.", ExitCodes.Usage) : null);
        await using var target = await OpenAsync(parsed, cancellationToken);
        var report = await RunAsync(parsed, target, plan, cancellationToken);
        Write(parsed.GetValue(_output), report);
        return report.Count == 0 ? throw new CliException($"No {report.Operation} succeeded; {report.Failed} failed.") : ExitCodes.Ok;
    }

    private async Task<BenchTarget> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var transport = parsed.GetValue(_plain) ? ClientTransport.MqttPlain : ClientTransport.Mqtt;
        if (_hub.IsNamed(parsed))
        {
            var hub = _hub.Resolve(parsed, _console);
            var local = _hub.LocalProcess(parsed);
            return new BenchTarget(hub, own: null, local is { } id ? Process.GetProcessById(id) : null, transport);
        }

        var own = await ServerProcess.StartAsync(parsed.GetValue(_partitions) ?? 4, cancellationToken);
        return new BenchTarget(HubOptions.TargetOf(own.Status), own, own.Process, transport);
    }

    private void Write(OutputFormat format, BenchReport report) => _console.WriteOne(
        format,
        JsonSerializer.Serialize(report, CliJson.Line.BenchReport),
        [
            ("bench", report.Bench),
            ("operation", report.Operation),
            ("connections", $"{report.Connections}"),
            ("inFlight", $"{report.InFlight}"),
            ("size", report.Size is { } size ? $"{size}" : null),
            ("seconds", FormattableString.Invariant($"{report.Seconds}")),
            ("count", $"{report.Count}"),
            ("failed", $"{report.Failed}"),
            ("perSecond", FormattableString.Invariant($"{report.PerSecond}")),
            ("p50Ms", FormattableString.Invariant($"{report.P50Ms}")),
            ("p90Ms", FormattableString.Invariant($"{report.P90Ms}")),
            ("p99Ms", FormattableString.Invariant($"{report.P99Ms}")),
            ("p999Ms", FormattableString.Invariant($"{report.P999Ms}")),
            ("serverCpuSeconds", report.ServerCpuSeconds is { } cpu ? FormattableString.Invariant($"{cpu}") : null),
            ("serverCpuSecondsPerMillion", report.ServerCpuSecondsPerMillion is { } per ? FormattableString.Invariant($"{per}") : null),
            ("clientCpuSecondsPerMillion", FormattableString.Invariant($"{report.ClientCpuSecondsPerMillion}")),
        ]);
}
