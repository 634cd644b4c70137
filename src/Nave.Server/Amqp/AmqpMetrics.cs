using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Nave.Hub.Connections;
using Nave.Server.Ingest;

namespace Nave.Server.Amqp;

/// <summary>The meter <c>Nave.Amqp</c>. What is counted for each message is counted by the lanes and only read here.</summary>
internal sealed class AmqpMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Nave.Amqp";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentBag<HeadLane> _lanes = [];
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _attached;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _closed;

    public AmqpMetrics()
    {
        _connections = _meter.CreateUpDownCounter<long>("nave.amqp.connections", "{connection}", "Authenticated connections by protocol.");
        _attached = _meter.CreateCounter<long>("nave.amqp.attached", "{link}", "Accepted links.");
        _refused = _meter.CreateCounter<long>("nave.amqp.refused", "{link}", "Refused links by condition.");
        _closed = _meter.CreateCounter<long>("nave.amqp.closed", "{connection}", "Ended connections by reason.");
        _meter.CreateObservableCounter("nave.amqp.messages", () => _lanes.Sum(lane => lane.Messages), "{message}", "Events taken from devices.");
        _meter.CreateObservableCounter("nave.amqp.received", () => _lanes.Sum(lane => lane.Bytes), "By", "Bytes received from clients.");
    }

    /// <summary>Adds a lane's counters.</summary>
    public void Add(HeadLane lane) => _lanes.Add(lane);

    /// <summary>Counts a connection that has proved an identity.</summary>
    public void Connected(string protocol) => _connections.Add(1, new KeyValuePair<string, object?>("protocol", protocol));

    /// <summary>Counts the end of a connection that had proved an identity.</summary>
    public void Disconnected(string protocol, CloseReason reason)
    {
        _connections.Add(-1, new KeyValuePair<string, object?>("protocol", protocol));
        _closed.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }

    /// <summary>Counts a link that was accepted.</summary>
    public void Attached() => _attached.Add(1);

    /// <summary>Counts a link that was refused.</summary>
    public void Refused(string condition) => _refused.Add(1, new KeyValuePair<string, object?>("condition", condition));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
