using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;
using Nave.Server.Metrics;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync serve</c>: schedules, webhooks, the façade and real-time work, until it is told to stop.</summary>
internal sealed class SyncServeCommand : Command
{
    private readonly CliConsole _console;
    private readonly SyncConfigurationOptions _configuration = new();
    private readonly Option<Uri?> _otlp = new("--otlp-endpoint") { Description = "Where to send OpenTelemetry, events too, such as http://localhost:4317.", HelpName = "URL" };
    private readonly Option<LogLevel?> _logLevel = new("--log-level") { Description = "Trace, Debug, Information (default), Warning or Error.", HelpName = "LEVEL" };
    private readonly Option<LogFormat?> _logFormat = new("--log-format") { Description = "text (default) or json, on stderr.", HelpName = "FORMAT" };

    public SyncServeCommand(CliConsole console)
        : base("serve", "Run schedules, webhooks, the facade and real-time work in one process.")
    {
        _console = console;
        _configuration.AddTo(this);
        Add(_otlp);
        Add(_logLevel);
        Add(_logFormat);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configuration = _configuration.Read(parsed, _console);
        using var metrics = new PrometheusExporter();
        using var export = parsed.GetValue(_otlp) is { } endpoint ? new SyncExport(endpoint, configuration.Name) : null;
        using var loggers = LoggerFactory.Create(builder =>
        {
            Logging.Configure(builder, parsed.GetValue(_logLevel) ?? LogLevel.Information, parsed.GetValue(_logFormat) ?? LogFormat.Text);
            export?.AddLogs(builder);
        });
        var options = new SyncServerOptions { Metrics = (PrometheusExporter.ContentType, metrics.Write) };
        await using var server = await SyncServer.StartAsync(configuration, options, TimeProvider.System, loggers, cancellationToken);
        await _console.Out.WriteLineAsync(JsonSerializer.Serialize(server.Ready, SyncHostJson.Readable.SyncReady));
        await _console.Out.FlushAsync(CancellationToken.None);

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(() => stopped.TrySetResult()))
        {
            await stopped.Task;
        }

        await server.StopAsync();
        return ExitCodes.Ok;
    }
}
