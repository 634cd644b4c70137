using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Simulation;
using Nave.Fleet.Simulation.Files;

namespace Nave.Cli.Fleets;

/// <summary><c>nave simulate</c>: a fleet of devices from a file, or a simple one from a few options.</summary>
internal sealed class SimulateCommand : ClientCommand
{
    private const int DefaultDevices = 10;

    private readonly Option<FileInfo?> _config = new("--config", "-f") { Description = "A YAML file that describes the fleet (docs/simulator.md).", HelpName = "FILE" };
    private readonly Option<TimeSpan?> _for = CommonOptions.Span("--for", "How long to run, such as 30s. Default as the file says, or until it is stopped.");
    private readonly Option<int?> _devices = CommonOptions.Number("--devices", 1, SimulationFile.MaxDevices, "Without a file: how many thermostats. Default 10. With one: the size of its first group.");
    private readonly Option<string?> _rate = new("--rate") { Description = "Messages of each device a second, or such as 10/m. Default 1, or as the file says.", HelpName = "RATE" };
    private readonly Option<int?> _seed = CommonOptions.Number("--seed", int.MinValue, int.MaxValue, "What makes two runs do the same.");
    private readonly Option<DeviceTransport> _transport = CommonOptions.Choice("--transport", DeviceTransport.Mqtt, "How devices connect: over MQTT, over a WebSocket, or without TLS.");
    private readonly Option<bool> _verify = new("--verify") { Description = "At the end, read the hub's log and count what it holds of this run. Exit code 1 if an acknowledged message is missing." };
    private readonly Option<bool> _perSecond = new("--per-second") { Description = "With -o json: a line for each second too." };

    private readonly Option<bool> _temperature = new("--temperature") { Description = "Without a file: devices that each send {\"Temperature\":n} every 5 s." };
    private readonly Option<bool> _timeline = new("--timeline") { Description = "Read the hubs' events meanwhile, and tell when each device and the reader stopped and resumed, on which hub." };
    private readonly HubOptions _alternate = new("alternate", "the hub that devices follow to when the first is lost, such as its mirror");

    public SimulateCommand(CliConsole console)
        : base(console, "simulate", "Run a fleet of simulated devices.")
    {
        foreach (var option in (ReadOnlySpan<Option>)[_config, _for, _devices, _rate, _seed, _transport, _verify, _perSecond, _temperature, _timeline])
        {
            Add(option);
        }

        _alternate.AddTo(this);

        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var definition = DefinitionOf(call);
        var transport = call.Get(_transport) switch
        {
            DeviceTransport.Ws => ClientTransport.MqttWebSocket,
            DeviceTransport.Plain => ClientTransport.MqttPlain,
            _ => ClientTransport.Mqtt,
        };
        var alternate = call.Resolve(_alternate, Console);
        using var outages = call.Get(_timeline)
            ? new OutageView(Console, call.Format, alternate is null ? [call.Target] : [call.Target, alternate], definition.Groups.Max(group => group.Interval) ?? TimeSpan.Zero)
            : null;
        var target = new SimulationTarget(call.Target.Connection.HostName, call.Service, OptionsOf(call.Target, alternate, transport))
        {
            Timeline = outages?.Timeline,
            Starting = outages is null ? null : outages.Start,
        };
        var began = TimeProvider.System.GetUtcNow();
        var view = new FleetView(Console, call.Format, watch: null, outages);
        Action<SimulationFigures>? eachSecond = call.Format == OutputFormat.Json && call.Get(_perSecond) ? WriteSecond : null;
        var result = await view.RunAsync(new FleetSimulation(definition, target), definition.For, eachSecond, cancellationToken);
        if (outages is not null)
        {
            await outages.EndAsync();
        }

        var summary = SimulationLine.Of("summary", result.Figures) with { Created = result.Created };
        if (call.Get(_verify))
        {
            await StoredEvents.ReadAsync(call.Target.Events, result.Ledger, began, CancellationToken.None);
            if (alternate is not null)
            {
                await StoredEvents.ReadAsync(alternate.Events, result.Ledger, began, CancellationToken.None);
            }

            summary = summary with { Stored = result.Ledger.Stored, Lost = result.Ledger.Lost };
        }

        Write(call.Format, summary);
        if (result.LastProblem is { } problem)
        {
            await Console.Error.WriteLineAsync($"nave: the last problem of a device: {problem}");
        }

        if (summary.Acknowledged == 0 && summary.Failed > 0)
        {
            throw new CliException("No message was acknowledged.");
        }

        return summary.Lost > 0 ? throw new CliException($"{summary.Lost} acknowledged messages are not in the hub's log.") : ExitCodes.Ok;
    }

    private SimulationDefinition DefinitionOf(ClientCall call)
    {
        var interval = call.Get(_rate) is not { } rate ? (TimeSpan?)null
            : MessageRate.TryParse(rate, out var perSecond) ? TimeSpan.FromSeconds(1 / perSecond)
            : throw new CliException($"--rate is '{rate}'; {MessageRate.Form} is permitted.", ExitCodes.Usage);
        var definition = call.Get(_config) is { } file
            ? SimulationFile.Read(file.FullName)
            : call.Get(_temperature) ? DefaultFleet.Temperature(call.Get(_devices) ?? DefaultDevices, duration: null)
            : DefaultFleet.Create(call.Get(_devices) ?? DefaultDevices, perSecond: 1, duration: null);
        var groups = definition.Groups.Select((group, i) => group with
        {
            Count = i == 0 ? call.Get(_devices) ?? group.Count : group.Count,
            Interval = interval ?? group.Interval,
        });
        return definition with { Groups = [.. groups], For = call.Get(_for) ?? definition.For, Seed = call.Get(_seed) ?? definition.Seed };
    }

    private static DeviceClientOptions OptionsOf(HubTarget hub, HubTarget? alternate, ClientTransport transport)
    {
        var options = hub.DeviceOptions(transport);
        return alternate is null ? options : options with
        {
            Alternates = [new HubSite(alternate.Connection.HostName) { Endpoint = alternate.DeviceOptions(transport).Endpoint }],
            TrustedRoots = hub.Roots is null && alternate.Roots is null ? null : [.. hub.Roots ?? [], .. alternate.Roots ?? []],
        };
    }

    private void WriteSecond(SimulationFigures figures) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(SimulationLine.Of("second", figures), CliJson.Line.SimulationLine));

    private void Write(OutputFormat format, SimulationLine line) => Console.WriteOne(
        format,
        JsonSerializer.Serialize(line, CliJson.Line.SimulationLine),
        [
            ("devices", $"{line.Devices}"),
            ("created", $"{line.Created}"),
            ("seconds", FormattableString.Invariant($"{line.Seconds}")),
            ("sent", $"{line.Sent}"),
            ("acknowledged", $"{line.Acknowledged}"),
            ("failed", $"{line.Failed}"),
            ("skipped", $"{line.Skipped}"),
            ("reported", $"{line.Reported}"),
            ("methods", $"{line.Methods}"),
            ("received", $"{line.Received}"),
            ("disconnects", $"{line.Disconnects}"),
            ("perSecond", FormattableString.Invariant($"{line.PerSecond}")),
            ("p50Ms", FormattableString.Invariant($"{line.P50Ms}")),
            ("p99Ms", FormattableString.Invariant($"{line.P99Ms}")),
            ("stored", line.Stored is { } stored ? $"{stored}" : null),
            ("lost", line.Lost is { } lost ? $"{lost}" : null),
        ]);
}
