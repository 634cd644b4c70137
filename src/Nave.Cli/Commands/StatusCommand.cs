using System.CommandLine;
using Nave.Cli.Output;
using Nave.Server.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave status</c>: what a local hub printed when it started, if it still runs.</summary>
internal sealed class StatusCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<StatusFormat> _output = CommonOptions.Choice(
        "--output", StatusFormat.Table, "How the status is written: table (default), json, tsv or env (for eval in a shell).", "-o");

    public StatusCommand(CliConsole console)
        : base("status", "Show a local hub's connection strings, ports and CA.")
    {
        _console = console;
        Add(_data);
        Add(_output);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folder = parsed.GetValue(_data)!;
        var status = LocalHub.Find(folder) ?? throw new CliException($"No hub runs on the data folder '{folder}'. Start one with: nave serve --data {folder}");
        switch (parsed.GetValue(_output))
        {
            case StatusFormat.Env:
                foreach (var (name, value) in Variables(status))
                {
                    // In single quotes nothing is special but the quote itself.
                    _console.Out.WriteLine($"export {name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'");
                }

                break;
            case StatusFormat.Json:
                _console.WriteOne(OutputFormat.Json, status.ToJson(), []);
                break;
            case StatusFormat.Tsv:
                _console.WriteOne(OutputFormat.Tsv, string.Empty, Rows(status));
                break;
            default:
                _console.WriteOne(OutputFormat.Table, string.Empty, Rows(status));
                break;
        }

        return ExitCodes.Ok;
    }

    private static IEnumerable<(string Name, string Value)> Variables(ServerStatus status)
    {
        yield return (HubOptions.Variable, status.ServiceConnectionString);
        yield return ("NAVE_EVENT_HUB_CONNECTION_STRING", status.EventHubConnectionString);
        yield return ("NAVE_HOST_NAME", status.HostName);
        yield return ("NAVE_HTTPS_PORT", $"{status.Ports.Https}");
        yield return ("NAVE_MQTT_PORT", $"{status.Ports.Mqtt}");
        if (status.Ports.Amqp is { } amqp)
        {
            yield return ("NAVE_AMQP_PORT", $"{amqp}");
        }

        if (status.Provisioning is { } provisioning)
        {
            yield return (HubOptions.ProvisioningVariable, provisioning.ServiceConnectionString);
            yield return ("NAVE_DPS_HOST_NAME", provisioning.HostName);
            yield return ("NAVE_DPS_ID_SCOPE", provisioning.IdScope);
        }

        yield return ("NAVE_URL", status.Urls.Https);
        if (status.CaFile is { } ca)
        {
            yield return ("NAVE_CA_FILE", ca);
            yield return ("NODE_EXTRA_CA_CERTS", ca);
        }
    }

    private static List<(string Name, string? Value)> Rows(ServerStatus status) =>
    [
        ("hub", status.Hub),
        ("hostName", status.HostName),
        ("https", status.Urls.Https),
        ("mqttPort", $"{status.Ports.Mqtt}"),
        ("mqttPlainPort", status.Ports.MqttPlain is { } plain ? $"{plain}" : null),
        ("amqpPort", status.Ports.Amqp is { } amqp ? $"{amqp}" : null),
        ("amqpPlainPort", status.Ports.AmqpPlain is { } amqpPlain ? $"{amqpPlain}" : null),
        ("caFile", status.CaFile),
        ("serviceConnectionString", status.ServiceConnectionString),
        ("eventHubConnectionString", status.EventHubConnectionString),
        ("provisioningHostName", status.Provisioning?.HostName),
        ("idScope", status.Provisioning?.IdScope),
        ("provisioningConnectionString", status.Provisioning?.ServiceConnectionString),
        ("dataFolder", status.DataFolder),
        ("process", $"{status.ProcessId}"),
    ];
}
