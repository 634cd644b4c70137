using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary><c>nave drill</c>: fails over from a hub to its mirror with devices connected, and back, and reports what that was to each client.</summary>
internal sealed class DrillCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<FileInfo> _config = new("--config", "-f") { Description = "A YAML file that describes the drill (docs/drill.md).", HelpName = "FILE", Required = true };
    private readonly Option<FileInfo?> _html = new("--html") { Description = "Write the report as a page, too.", HelpName = "FILE" };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public DrillCommand(CliConsole console)
        : base("drill", "Practise a fail-over to a hub's mirror with devices connected, and back.")
    {
        _console = console;
        Add(_config);
        Add(_html);
        Add(_output);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var definition = DrillFile.Read(parsed.GetValue(_config)!.FullName, _console.Environment);
        var drill = new HubDrill(
            definition,
            HubOf("primary", definition.Primary, definition.Transport),
            HubOf("secondary", definition.Secondary, definition.Transport),
            sentence =>
            {
                _console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.f} {sentence}"));
                _console.Error.Flush();
            });
        var report = await drill.RunAsync(cancellationToken);
        if (parsed.GetValue(_html) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, DrillHtml.Render(report), cancellationToken);
        }

        Print(parsed.GetValue(_output), report);
        return report.Passed ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static DrillHub HubOf(string name, DrillHubReference reference, ClientTransport transport)
    {
        HubTarget? local = null;
        if (reference.Data is { } folder)
        {
            local = HubOptions.TargetOf(LocalHub.Find(folder) ?? throw new CliException($"No hub runs on the data folder '{folder}' that {name}.data names."));
        }

        if (reference.ConnectionString is not null && !IotHubConnectionString.TryParse(reference.ConnectionString, out _, out var error))
        {
            throw new CliException($"{name}.connectionString: {error}", ExitCodes.Usage);
        }

        var connection = reference.ConnectionString is { } text ? IotHubConnectionString.Parse(text) : local!.Connection; // The file was checked to have one.
        if (connection.DeviceId is not null)
        {
            throw new CliException($"{name}.connectionString is a device's; this needs one with SharedAccessKeyName.", ExitCodes.Usage);
        }

        var https = Endpoint("endpoint", reference.Endpoint);
        var target = new HubTarget
        {
            Connection = connection,
            ServiceEndpoint = https ?? local?.ServiceEndpoint ?? new(),
            MqttEndpoint = Endpoint("mqttEndpoint", reference.MqttEndpoint) ?? local?.MqttEndpoint ?? new ClientEndpoint { Host = https?.Host },
            AmqpEndpoint = Endpoint("amqpEndpoint", reference.AmqpEndpoint) ?? local?.AmqpEndpoint ?? new ClientEndpoint { Host = https?.Host },
            MqttPlainPort = reference.MqttEndpoint is null ? local?.MqttPlainPort : Endpoint("mqttEndpoint", reference.MqttEndpoint)?.Port,
            Roots = reference.Ca is { } ca ? ClientTrust.LoadPem(ca) : local?.Roots,
        };
        return new DrillHub
        {
            Connection = target.Connection,
            ServiceEndpoint = target.ServiceEndpoint,
            DeviceEndpoint = target.DeviceOptions(transport).Endpoint,
            AmqpEndpoint = target.AmqpEndpoint,
            Roots = target.Roots,
        };

        ClientEndpoint? Endpoint(string entry, string? value) => value is null ? null : HubOptions.EndpointOf($"{name}.{entry}", value);
    }

    private void Print(OutputFormat format, DrillReport report)
    {
        var rows = new List<(string, string?)>
        {
            ("passed", report.Passed ? "yes" : "no"),
            ("devices", Text(report.Devices)),
            ("sent", Text(report.Events.Sent)),
            ("acknowledged", Text(report.Events.Acknowledged)),
            ("lost", Text(report.Events.Lost)),
            ("lostAfterSwitch", Text(report.Events.LostAfterSwitch)),
            ("doubled", Text(report.Events.Doubled)),
            ("unread", Text(report.Events.Unread)),
        };
        foreach (var leg in report.Legs)
        {
            rows.Add(($"{leg.Direction}.rtoSeconds", Text(leg.RecoveryTime)));
            rows.Add(($"{leg.Direction}.afterSwitchSeconds", Text(leg.AfterSwitch)));
            rows.Add(($"{leg.Direction}.readingGapSeconds", Text(leg.ReadingGap)));
            rows.Add(($"{leg.Direction}.rpo", string.Create(CultureInfo.InvariantCulture, $"{leg.LagEvents?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} events, {leg.LagSeconds:0.00} s")));
            rows.Add(($"{leg.Direction}.registryDifferences", leg.Registry is { } registry ? Text(registry.Differences) : null));
        }

        _console.WriteOne(format, JsonSerializer.Serialize(report, RecoveryJson.Wire.DrillReport), rows);
        foreach (var problem in report.Problems)
        {
            _console.Error.WriteLine(problem);
        }
    }

    private static string? Text(DrillFigures? figures) => figures is null ? null : string.Create(
        CultureInfo.InvariantCulture, $"min {figures.Min:0.00}, median {figures.Median:0.00}, p95 {figures.P95:0.00}, max {figures.Max:0.00}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
