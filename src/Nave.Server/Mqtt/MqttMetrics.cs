using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Nave.Server.Ingest;

namespace Nave.Server.Mqtt;

/// <summary>The meter <c>Nave.Mqtt</c>. What is counted for each message is counted by the lanes and only read here.</summary>
internal sealed class MqttMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Nave.Mqtt";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentBag<HeadLane> _lanes = [];
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _closed;

    public MqttMetrics()
    {
        _connections = _meter.CreateUpDownCounter<long>("nave.mqtt.connections", "{connection}", "Authenticated connections by protocol.");
        _refused = _meter.CreateCounter<long>("nave.mqtt.refused", "{connection}", "Refused CONNECTs by reason.");
        _closed = _meter.CreateCounter<long>("nave.mqtt.closed", "{connection}", "Ended connections by reason.");
        _meter.CreateObservableCounter("nave.mqtt.messages", () => _lanes.Sum(lane => lane.Messages), "{message}", "Events taken from devices.");
        _meter.CreateObservableCounter("nave.mqtt.received", () => _lanes.Sum(lane => lane.Bytes), "By", "Bytes received from devices.");
    }

    /// <summary>Adds a lane's counters.</summary>
    public void Add(HeadLane lane) => _lanes.Add(lane);

    /// <summary>Counts an authenticated connection.</summary>
    public void Connected(string protocol) => _connections.Add(1, new KeyValuePair<string, object?>("protocol", protocol));

    /// <summary>Counts the end of an authenticated connection.</summary>
    public void Disconnected(string protocol, Hub.Connections.CloseReason reason)
    {
        _connections.Add(-1, new KeyValuePair<string, object?>("protocol", protocol));
        _closed.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }

    /// <summary>Counts a CONNECT that was refused.</summary>
    public void Refused(Nave.Mqtt.MqttReason reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
