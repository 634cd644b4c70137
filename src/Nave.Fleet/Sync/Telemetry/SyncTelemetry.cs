using System.Diagnostics;
using System.Diagnostics.Metrics;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Telemetry;

/// <summary>The metrics and spans of a synchronization. docs/sync-serve.md lists them.</summary>
internal static class SyncTelemetry
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "Nave.Fleet.Sync";

    private static readonly Counter<long> s_events = Meter.CreateCounter<long>("nave.sync.events", description: "Custom events told, by name.");
    private static readonly Histogram<double> s_work = Meter.CreateHistogram<double>("nave.sync.work.duration", "s", "How long attempts at a device took, by operation and outcome.");
    private static readonly Counter<long> s_received = Meter.CreateCounter<long>("nave.sync.received", description: "Events received, by source and what became of them.");
    private static readonly Counter<long> s_facade = Meter.CreateCounter<long>("nave.sync.facade.requests", description: "Requests of the facade, by method and status.");
    private static readonly Counter<long> s_runs = Meter.CreateCounter<long>("nave.sync.runs", description: "Runs that serve started, by trigger and outcome.");

    /// <summary>Gets the meter.</summary>
    public static Meter Meter => Parts.Meter;

    /// <summary>Gets the source of spans.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Counts an event.</summary>
    public static void EventTold(string name) => s_events.Add(1, new KeyValuePair<string, object?>("event", name));

    /// <summary>Counts what came from a source: <c>queued</c>, <c>ignored</c>, <c>rejected</c>.</summary>
    public static void Received(string source, string outcome, long count = 1) =>
        s_received.Add(count, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Counts a request of the façade.</summary>
    public static void FacadeAnswered(string method, int status) =>
        s_facade.Add(1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("status", status));

    /// <summary>Counts a run: trigger <c>schedule</c> or <c>request</c>; outcome <c>done</c>, <c>failed</c>, <c>skipped</c>.</summary>
    public static void RunEnded(string trigger, string outcome) =>
        s_runs.Add(1, new KeyValuePair<string, object?>("trigger", trigger), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Measures an attempt at a device.</summary>
    public static void Worked(WorkItem item, WorkResult result, TimeSpan took) => s_work.Record(
        took.TotalSeconds,
        new KeyValuePair<string, object?>("operation", NameOf(item.Operation)),
        new KeyValuePair<string, object?>("outcome", result.Verdict switch { WorkVerdict.Done => "done", WorkVerdict.Retry => "retry", _ => "failed" }));

    /// <summary>Gets the name that people read.</summary>
    public static string NameOf(WorkOperation operation) => operation == WorkOperation.Create ? "create" : "delete";

    /// <summary>Gets the event of a failure that is tried again.</summary>
    public static SyncEventKind TransientEvent(WorkOperation operation, WorkPhase phase) =>
        phase == WorkPhase.TwinCheck ? SyncEventKind.DeviceTwinCheckFail
        : operation == WorkOperation.Create ? SyncEventKind.ExternalDeviceCreationError
        : SyncEventKind.ExternalDeviceDeletedError;

    /// <summary>Gets the event of a failure that is given up.</summary>
    public static SyncEventKind FinalEvent(WorkOperation operation, WorkPhase phase) =>
        phase == WorkPhase.TwinCheck ? SyncEventKind.DeviceTwinCheckFailed
        : operation == WorkOperation.Create ? SyncEventKind.ExternalDeviceCreationFailed
        : SyncEventKind.ExternalDeviceDeleteFailed;

    // In a class of its own: made before the first instrument, whatever the order of fields.
    private static class Parts
    {
        internal static readonly Meter Meter = new(Name);
    }
}
