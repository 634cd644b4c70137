using System.Diagnostics.Metrics;

namespace Nave.Fleet.Replication.Running;

/// <summary>The meter <c>Nave.Replication</c>.</summary>
internal sealed class ReplicationMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Nave.Replication";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Initializes a new instance of the <see cref="ReplicationMetrics"/> class.</summary>
    /// <param name="counters">What is counted.</param>
    /// <param name="lag">Gets the lag of this instance's partitions: events, and seconds.</param>
    public ReplicationMetrics(ReplicationCounters counters, Func<(long Events, double Seconds)> lag)
    {
        _meter.CreateObservableCounter("nave.replication.events", () => counters.Events, "{event}", "Events read from the hub's stream.");
        _meter.CreateObservableCounter("nave.replication.applied", () => counters.Applied, "{event}", "Events that changed a document.");
        _meter.CreateObservableCounter("nave.replication.stale", () => counters.Stale, "{event}", "Events that were known already.");
        _meter.CreateObservableCounter("nave.replication.reads", () => counters.Reads, "{twin}", "Twins read from the hub.");
        _meter.CreateObservableCounter("nave.replication.poison", () => counters.Poison, "{event}", "Events set aside.");
        _meter.CreateObservableCounter("nave.replication.documents", () => counters.Documents, "{document}", "Documents written.");
        _meter.CreateObservableGauge("nave.replication.lag.events", () => lag().Events, "{event}", "Events of this instance's partitions that are not in the target yet.");
        _meter.CreateObservableGauge("nave.replication.lag.time", () => lag().Seconds, "s", "Age of the last event in the target, if others wait.");
        _meter.CreateObservableGauge("nave.replication.delay.p50", () => counters.Delay.Percentile(0.5) / 1000, "s", "From the hub's stream into the target, half of the batches.");
        _meter.CreateObservableGauge("nave.replication.delay.p99", () => counters.Delay.Percentile(0.99) / 1000, "s", "From the hub's stream into the target, 99 % of the batches.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
