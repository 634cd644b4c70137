namespace Nave.Crash.Tests.History;

/// <summary>All attempts of one device to send events, in the order in which they left.</summary>
/// <param name="deviceId">The device.</param>
internal sealed class TelemetryHistory(string deviceId)
{
    public string DeviceId => deviceId;

    /// <summary>Gets the attempts; an index is an ordinal.</summary>
    public List<SentEvent> Sent { get; } = [];

    /// <summary>Gets what the device saw and must not have seen.</summary>
    public List<string> Anomalies { get; } = [];
}
