using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.Telemetry;

/// <summary>
/// Tells the custom events: each is a log record whose event name is the kind's (with an OpenTelemetry log provider: an OpenTelemetry event
/// of that name), an event of the present span, and a count of the metric <c>nave.sync.events</c>.
/// </summary>
internal sealed class SyncEvents(ILogger<SyncEvents> logger)
{
    // Reasons come from other systems, whose pages may be long.
    private const int MaxReason = 500;

    /// <summary>Tells one event.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="hub">The hub's name in the configuration.</param>
    /// <param name="deviceId">The device id; of a job its id.</param>
    /// <param name="runId">The run that it belongs to; <see langword="null"/> for real-time work.</param>
    /// <param name="reason">Why, without a secret; <see langword="null"/> if there is nothing to say.</param>
    public void Emit(SyncEventKind kind, string hub, string deviceId, string? runId, string? reason)
    {
        var name = kind.ToString();
        SyncTelemetry.EventTold(name);
        Activity.Current?.AddEvent(new ActivityEvent(name, tags: new ActivityTagsCollection
        {
            ["deviceId"] = deviceId, ["hub"] = hub, ["runId"] = runId, ["reason"] = Shorten(reason),
        }));
        var level = LevelOf(name);
        if (logger.IsEnabled(level))
        {
            var record = new SyncEventRecord(name, hub, deviceId, runId, Shorten(reason));
            logger.Log(level, new EventId((int)kind, name), record, null, static (told, _) => told.ToString());
        }
    }

    private static LogLevel LevelOf(string name) =>
        name.EndsWith("Failed", StringComparison.Ordinal) ? LogLevel.Error
        : name.EndsWith("Error", StringComparison.Ordinal) || name.EndsWith("Fail", StringComparison.Ordinal) ? LogLevel.Warning
        : LogLevel.Information;

    private static string? Shorten(string? reason) => reason is { Length: > MaxReason } ? string.Concat(reason.AsSpan(0, MaxReason), "…") : reason;
}
