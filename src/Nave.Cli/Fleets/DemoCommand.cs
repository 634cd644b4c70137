using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Fleet.Simulation;
using Nave.Server.Hosting;

namespace Nave.Cli.Fleets;

/// <summary><c>nave demo</c>: hub, fleet and live view in one process, in a data folder of its own.</summary>
internal sealed class DemoCommand : Command
{
    private const int MaxDevices = 20_000;

    private readonly CliConsole _console;
    private readonly Option<int?> _devices = CommonOptions.Number("--devices", 1, MaxDevices, "How many devices. Default 10.");
    private readonly Option<TimeSpan?> _for = CommonOptions.Span("--for", "How long to run, such as 30s. Default until it is stopped.");
    private readonly Option<string?> _rate = new("--rate") { Description = "Messages of each device a second, or such as 10/m. Default 1.", HelpName = "RATE" };
    private readonly Option<string?> _data = new("--data") { Description = "Keep the data in this folder. Default one that is removed at the end.", HelpName = "DIR" };
    private readonly Option<int?> _httpsPort = CommonOptions.Number("--https-port", 0, 65535, "Default 443 or 8443, or any free one; 0 = any free one.");
    private readonly Option<int?> _mqttPort = CommonOptions.Number("--mqtt-port", 0, 65535, "Default 8883, or any free one; 0 = any free one.");
    private readonly Option<int?> _amqpPort = CommonOptions.Number("--amqp-port", 0, 65535, "Default 5671, or any free one; 0 = any free one.");
    private readonly Option<string[]> _with = new("--with")
    {
        Description = "Show a part beside: sync, a simulated network server that the hub is kept in step with.", HelpName = "PART",
    };

    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public DemoCommand(CliConsole console)
        : base("demo", "Run a hub with a simulated fleet and watch it. Not for production.")
    {
        _console = console;
        _with.AcceptOnlyFromAmong("sync");
        foreach (var option in (ReadOnlySpan<Option>)[_devices, _for, _rate, _data, _httpsPort, _mqttPort, _amqpPort, _with, _output])
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var kept = parsed.GetValue(_data);
        var folder = kept ?? Directory.CreateTempSubdirectory("nave-demo-").FullName;
        try
        {
            return await RunAsync(parsed, folder, cancellationToken);
        }
        finally
        {
            if (kept is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, string folder, CancellationToken cancellationToken)
    {
        var format = parsed.GetValue(_output);
        var rate = parsed.GetValue(_rate) is not { } text ? 1
            : Fleet.Simulation.Files.MessageRate.TryParse(text, out var perSecond) ? perSecond
            : throw new CliException($"--rate is '{text}'; {Fleet.Simulation.Files.MessageRate.Form} is permitted.", ExitCodes.Usage);
        using var loggers = LoggerFactory.Create(builder => Logging.Configure(builder, LogLevel.Warning, LogFormat.Text));
        var options = new NaveServerOptions
        {
            DataFolder = folder,
            HttpsPort = parsed.GetValue(_httpsPort) ?? FirstFree(NaveServerOptions.DefaultHttpsPort, NaveServerOptions.FallbackHttpsPort),
            MqttPort = parsed.GetValue(_mqttPort) ?? FirstFree(NaveServerOptions.DefaultMqttPort),
            AmqpPort = parsed.GetValue(_amqpPort) ?? FirstFree(NaveServerOptions.DefaultAmqpPort),
        };
        await using var server = await NaveServer.StartAsync(options, TimeProvider.System, loggers, cancellationToken);
        Greet(server.Status, folder, _console.Human(format));

        await using var sync = parsed.GetValue(_with)?.Contains("sync") == true ? new DemoSync(server.Status, folder, _console.Human(format)) : null;
        if (sync is not null)
        {
            await sync.RunAsync(cancellationToken);
        }

        var target = HubOptions.TargetOf(server.Status);
        using var service = target.CreateService();
        var definition = DefaultFleet.Create(parsed.GetValue(_devices) ?? 10, rate, parsed.GetValue(_for));
        var began = TimeProvider.System.GetUtcNow();
        var view = new FleetView(_console, format, new EventWatch(target.Events));
        var simulation = new FleetSimulation(definition, new SimulationTarget(server.Status.HostName, service, target.DeviceOptions()));
        var result = await view.RunAsync(simulation, definition.For, eachSecond: null, cancellationToken);
        await StoredEvents.ReadAsync(target.Events, result.Ledger, began, CancellationToken.None);
        Write(format, new DemoSummary(
            definition.DeviceCount,
            result.Figures.Sent,
            result.Ledger.Acknowledged,
            result.Ledger.Stored,
            result.Ledger.Lost,
            result.Figures.P50Ms,
            result.Figures.P99Ms));
        if (result.LastProblem is { } problem)
        {
            await _console.Error.WriteLineAsync($"nave: the last problem of a device: {problem}");
        }

        return result.Ledger.Lost > 0 || result.Ledger.Acknowledged == 0 ? ExitCodes.Failure : ExitCodes.Ok;
    }

    // Another hub on this machine should not keep anybody from a first look. A port may still be lost between here and there: then it is an error.
    private static int FirstFree(params ReadOnlySpan<int> wanted)
    {
        foreach (var port in wanted)
        {
            try
            {
                using var probe = new TcpListener(IPAddress.IPv6Any, port);
                probe.Server.DualMode = true;
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken, or not permitted: the next.
            }
        }

        return 0;
    }

    private static void Greet(ServerStatus status, string folder, TextWriter words)
    {
        words.WriteLine("""
            ┌───────────────────────────────────────────────────────────────────────┐
            │  NOT FOR PRODUCTION: a demo hub with a development CA and fresh keys  │
            └───────────────────────────────────────────────────────────────────────┘
            """);
        words.WriteLine($"Hub {status.HostName}: {status.Urls.Https}, MQTT on port {status.Ports.Mqtt}, AMQP on port {status.Ports.Amqp}, data in {folder}");
        words.WriteLine($"CA to trust: {status.CaFile}");
        words.WriteLine("In another terminal:");
        words.WriteLine($"  nave monitor --data {folder}");
        words.WriteLine($"  nave devices keys thermostat-0001 --data {folder}");
        words.WriteLine($"  nave invoke thermostat-0001 reboot --payload '{{\"delay\":5}}' --data {folder}");
        words.WriteLine($"  nave twin update thermostat-0001 --desired '{{\"interval\":10}}' --data {folder}");
        words.WriteLine($"  nave enrollment-groups create fleet --data {folder}    # devices provision themselves");
        words.WriteLine($"  eval \"$(nave status --data {folder} -o env)\"    # connection strings and CA for the SDKs");
        words.WriteLine();
        words.Flush();
    }

    private void Write(OutputFormat format, DemoSummary summary) => _console.WriteOne(
        format,
        JsonSerializer.Serialize(summary, CliJson.Line.DemoSummary),
        [
            ("devices", $"{summary.Devices}"),
            ("sent", $"{summary.Sent}"),
            ("acknowledged", $"{summary.Acknowledged}"),
            ("stored", $"{summary.Stored}"),
            ("lost", $"{summary.Lost}"),
            ("p50Ms", FormattableString.Invariant($"{summary.P50Ms}")),
            ("p99Ms", FormattableString.Invariant($"{summary.P99Ms}")),
        ]);
}
