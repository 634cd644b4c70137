using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Nave.Cli.Commands;

/// <summary>Sends the metrics of a replication to an OpenTelemetry collector.</summary>
internal sealed class ReplicateExport(Uri endpoint, string instance) : IDisposable
{
    private readonly MeterProvider _metrics = Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService("nave-replicate", serviceInstanceId: instance))
        .AddMeter("Nave.*", "System.Runtime")
        .AddOtlpExporter(otlp => otlp.Endpoint = endpoint)
        .Build();

    public void Dispose() => _metrics.Dispose();
}
