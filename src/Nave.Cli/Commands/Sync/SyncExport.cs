using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nave.Cli.Commands;

/// <summary>Sends the metrics, spans and logs of a serving sync to an OpenTelemetry collector; its custom events are log records with an event name.</summary>
internal sealed class SyncExport : IDisposable
{
    private readonly Uri _endpoint;
    private readonly ResourceBuilder _resource;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    public SyncExport(Uri endpoint, string sync)
    {
        _endpoint = endpoint;
        _resource = ResourceBuilder.CreateDefault().AddService("nave-sync", serviceInstanceId: sync);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(_resource)
            .AddMeter("Nave.*", "System.Runtime")
            .AddOtlpExporter(otlp => otlp.Endpoint = endpoint)
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(_resource)
            .AddSource("Nave.*")
            .AddOtlpExporter(otlp => otlp.Endpoint = endpoint)
            .Build();
    }

    /// <summary>Adds the export of logs.</summary>
    public void AddLogs(ILoggingBuilder builder) => builder.AddOpenTelemetry(logs =>
    {
        logs.SetResourceBuilder(_resource);
        logs.IncludeFormattedMessage = true;
        logs.AddOtlpExporter(otlp => otlp.Endpoint = _endpoint);
    });

    public void Dispose()
    {
        _metrics.Dispose();
        _traces.Dispose();
    }
}
