using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Nave.Cli.Output;
using Nave.Server.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave serve</c>: runs the hubs of a data folder until it is told to stop.</summary>
internal sealed class ServeCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<string> _host = new("--host") { Description = "The host name of the default hub. Default localhost.", HelpName = "NAME" };
    private readonly Option<int?> _httpsPort = new("--https-port") { Description = "Default 443, or 8443 when that may not be bound; 0 = any free one.", HelpName = "N" };
    private readonly Option<int?> _mqttPort = new("--mqtt-port") { Description = "MQTT over TLS. Default 8883.", HelpName = "N" };
    private readonly Option<int?> _mqttPlainPort = new("--mqtt-plain-port") { Description = "MQTT without TLS: off unless given.", HelpName = "N" };
    private readonly Option<int?> _amqpPort = new("--amqp-port") { Description = "AMQP over TLS, also the Event Hubs-compatible endpoint. Default 5671.", HelpName = "N" };
    private readonly Option<int?> _amqpPlainPort = new("--amqp-plain-port") { Description = "AMQP without TLS, such as 5672 for UseDevelopmentEmulator: off unless given.", HelpName = "N" };
    private readonly Option<string?> _dpsHost = new("--dps-host") { Description = "The host name of device provisioning. Default dps.localhost.", HelpName = "NAME" };
    private readonly Option<int?> _partitions = new("--partitions") { Description = "Partitions of a new default hub, 1 to 32. Default 4.", HelpName = "N" };
    private readonly Option<string?> _tier = new("--tier") { Description = "Limits of a new default hub: F1, S1, S2, S3 or unlimited (default).", HelpName = "TIER" };
    private readonly Option<double?> _retentionHours = new("--retention-hours") { Description = "How long a new default hub keeps events. Default 24; 0 = for ever.", HelpName = "H" };
    private readonly Option<long?> _retentionBytes = new("--retention-bytes") { Description = "How many bytes of events a new default hub keeps. Default no limit.", HelpName = "N" };
    private readonly Option<string?> _exports = new("--exports") { Description = "The folder below which jobs read and write files, each hub in one of its own. Default exports in the data folder.", HelpName = "DIR" };
    private readonly Option<string?> _ownerKey = new("--owner-key") { Description = "The owner's key of a new default hub, 16 to 64 bytes. Default a random one.", HelpName = "BASE64" };
    private readonly Option<string?> _listen = new("--listen") { Description = "The address to listen on. Default all.", HelpName = "IP" };
    private readonly Option<string?> _certificate = new("--certificate") { Description = "A PEM file with your own server certificate and chain, instead of the development CA's.", HelpName = "FILE" };
    private readonly Option<string?> _certificateKey = new("--certificate-key") { Description = "The PEM file with its key. Default the same file.", HelpName = "FILE" };
    private readonly Option<string[]?> _fileRoots = new("--file-root") { Description = "A folder beneath which file: containers of hubs may be; may be given again. Default files in the data folder.", HelpName = "FOLDER" };
    private readonly Option<Uri?> _otlp = new("--otlp-endpoint") { Description = "Where to send OpenTelemetry, such as http://localhost:4317.", HelpName = "URL" };
    private readonly Option<LogLevel?> _logLevel = new("--log-level") { Description = "Trace, Debug, Information (default), Warning or Error.", HelpName = "LEVEL" };
    private readonly Option<LogFormat?> _logFormat = new("--log-format") { Description = "text (default) or json, on stderr.", HelpName = "FORMAT" };
    private readonly Option<FileInfo?> _config = new("--config") { Description = "A YAML file with any of these options by name; the command line wins.", HelpName = "FILE" };

    public ServeCommand(CliConsole console)
        : base("serve", "Run the hub.")
    {
        _console = console;
        foreach (var option in (ReadOnlySpan<Option>)[
            _data, _host, _httpsPort, _mqttPort, _mqttPlainPort, _amqpPort, _amqpPlainPort, _dpsHost, _partitions, _tier, _retentionHours, _retentionBytes, _exports, _ownerKey, _listen,
            _certificate, _certificateKey, _fileRoots, _otlp, _logLevel, _logFormat, _config])
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = new ServeSettings(parsed, parsed.GetValue(_config), Options);
        using var loggers = LoggerFactory.Create(builder => Logging.Configure(
            builder, settings.Get(_logLevel) ?? LogLevel.Information, settings.Get(_logFormat) ?? LogFormat.Text));
        await using var server = await NaveServer.StartAsync(OptionsFrom(settings), TimeProvider.System, loggers, cancellationToken);
        await _console.Out.WriteLineAsync(server.Status.ToJson());
        await _console.Out.FlushAsync(CancellationToken.None);

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(() => stopped.TrySetResult()))
        {
            await stopped.Task;
        }

        await server.StopAsync();
        return ExitCodes.Ok;
    }

    private NaveServerOptions OptionsFrom(ServeSettings settings)
    {
        var defaults = new NaveServerOptions();
        var hours = settings.Get(_retentionHours);
        return new NaveServerOptions
        {
            DataFolder = settings.Get(_data)!,
            HostName = settings.Get(_host) ?? defaults.HostName,
            HttpsPort = settings.Get(_httpsPort),
            MqttPort = settings.Get(_mqttPort) ?? defaults.MqttPort,
            MqttPlainPort = settings.Get(_mqttPlainPort),
            AmqpPort = settings.Get(_amqpPort) ?? defaults.AmqpPort,
            AmqpPlainPort = settings.Get(_amqpPlainPort),
            ProvisioningHostName = settings.Get(_dpsHost) ?? defaults.ProvisioningHostName,
            Partitions = settings.Get(_partitions) ?? defaults.Partitions,
            Tier = settings.Get(_tier) ?? defaults.Tier,
            RetentionTime = hours switch { null => defaults.RetentionTime, 0 => null, { } h => TimeSpan.FromHours(h) },
            RetentionBytes = settings.Get(_retentionBytes),
            OwnerKey = settings.Get(_ownerKey),
            Address = AddressFrom(settings.Get(_listen)) ?? defaults.Address,
            CertificateFile = settings.Get(_certificate),
            KeyFile = settings.Get(_certificateKey),
            ExportFolder = settings.Get(_exports),
            FileRoots = settings.Get(_fileRoots) is { Length: > 0 } roots ? roots : null,
            OtlpEndpoint = settings.Get(_otlp),
        };
    }

    private static IPAddress? AddressFrom(string? text) => text is null ? null
        : IPAddress.TryParse(text, out var address) ? address
        : throw new CliException($"--listen is '{text}'; an IP address such as 127.0.0.1 is permitted.", ExitCodes.Usage);
}
