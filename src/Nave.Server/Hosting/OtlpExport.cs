using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nave.Server.Hosting;

/// <summary>Sends the process's own metrics and traces to an OpenTelemetry collector.</summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    public OtlpExport(Uri endpoint, string serviceInstance)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("nave", serviceInstanceId: serviceInstance);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("Nave.*", "System.Runtime")
            .AddOtlpExporter(otlp => otlp.Endpoint = endpoint)
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Nave.*")
            .AddOtlpExporter(otlp => otlp.Endpoint = endpoint)
            .Build();
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _traces.Dispose();
    }
}
