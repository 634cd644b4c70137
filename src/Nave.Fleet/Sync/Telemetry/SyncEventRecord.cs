using System.Collections;

namespace Nave.Fleet.Sync.Telemetry;

/// <summary>What one event says, as named values for structured logs.</summary>
internal sealed class SyncEventRecord(string name, string hub, string deviceId, string? runId, string? reason) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] _values =
    [
        new("deviceId", deviceId), new("hub", hub), new("runId", runId), new("reason", reason), new("{OriginalFormat}", "{event} {deviceId}"), new("event", name),
    ];

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => _values[index];

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString()
    {
        var run = runId is null ? string.Empty : $" in run {runId}";
        return reason is null ? $"{name}: {hub}/{deviceId}{run}" : $"{name}: {hub}/{deviceId}{run}: {reason}";
    }
}
