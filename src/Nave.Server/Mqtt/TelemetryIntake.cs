using System.Buffers;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Mqtt;
using Nave.Server.Connections;
using Nave.Server.Ingest;
using Nave.Storage;

namespace Nave.Server.Mqtt;

/// <summary>
/// The way of one connection's events into the log, and of their acknowledgements back. Events come from the connection's reader; their
/// fate is told on the log's commit thread, which collects the PUBACKs of a commit and sends them with one write.
/// </summary>
internal sealed class TelemetryIntake(Connection connection, DevicePrincipal device, IngestLane lane, byte[]? modelId) : IAppendObserver, IAcknowledger
{
    private const int SmallestArray = 256;

    [ThreadStatic]
    private static EventPropertiesWriter? s_properties;

    // Guards the acknowledgements that wait for those of earlier events.
    private readonly Lock _gate = new();
    private Queue<(uint After, ushort PacketId)>? _deferred;
    private uint _acknowledged;

    // The reader only.
    private uint _staged;

    // The commit thread only.
    private byte[]? _acks;
    private int _ackBytes;
    private int _ackCount;

    /// <summary>Gets where the events go.</summary>
    public IngestLane Lane => lane;

    /// <summary>Stages an event.</summary>
    /// <param name="publish">The packet.</param>
    /// <param name="bag">The property bag in its topic.</param>
    /// <param name="outcome">What became of it.</param>
    /// <returns><see langword="false"/> if the bag is malformed.</returns>
    /// <exception cref="MqttProtocolException">Bag and packet have too many properties.</exception>
    public bool TryTake(in MqttPublish publish, ReadOnlySpan<byte> bag, out AppendOutcome outcome)
    {
        outcome = default;
        var properties = s_properties ??= new EventPropertiesWriter();
        properties.Clear();
        var isBagRead = bag.IsEmpty || MqttPropertyBag.TryDecode(bag, properties, EventProperties.MaxCount);
        if (isBagRead && !publish.Properties.Raw.IsEmpty)
        {
            AddPacketProperties(publish.Properties, properties);
        }

        if (properties.Count > EventProperties.MaxCount)
        {
            throw new MqttProtocolException(MqttReason.QuotaExceeded, $"The event has more than {EventProperties.MaxCount} properties.");
        }

        if (!isBagRead)
        {
            return false;
        }

        // Last, for of two with one name the last counts, and these are the hub's word.
        if (publish.Retain)
        {
            properties.Add("mqtt-retain"u8, "true"u8);
        }

        if (publish.Duplicate)
        {
            properties.Add("mqtt-dup"u8, "true"u8);
        }

        outcome = Append(properties, publish.Payload, publish.Qos, publish.PacketId);
        return true;
    }

    /// <summary>Stages the will of a connection that broke.</summary>
    public AppendOutcome TakeWill(MqttWill will, ReadOnlySpan<byte> bag)
    {
        var properties = s_properties ??= new EventPropertiesWriter();
        properties.Clear();
        if (!MqttPropertyBag.TryDecode(bag, properties, EventProperties.MaxCount))
        {
            properties.Clear();
        }

        properties.Add("iothub-MessageType"u8, "Will"u8);
        if (will.Retain)
        {
            properties.Add("mqtt-retain"u8, "true"u8);
        }

        AddPacketProperties(will.Properties.Reader, properties);
        return Append(properties, will.Payload.Span, MqttQos.AtMostOnce, 0);
    }

    /// <summary>Acknowledges a QoS 1 packet that is no event, after the events before it: PUBACKs are sent in order of receipt (MQTT 4.6).</summary>
    public void AcknowledgeInOrder(ushort packetId)
    {
        lock (_gate)
        {
            if (_acknowledged != _staged)
            {
                // Each entry is a packet identifier in use, and there are no more than 65,535 of those: who sends more breaks the protocol.
                _deferred ??= new();
                if (_deferred.Count >= ushort.MaxValue)
                {
                    throw new MqttProtocolException(MqttReason.ReceiveMaximumExceeded, "More packets than there are packet identifiers wait for their PUBACK.");
                }

                _deferred.Enqueue((_staged, packetId));
                return;
            }
        }

        Acknowledge(packetId);
    }

    /// <inheritdoc/>
    void IAppendObserver.Appended(long token, bool durable)
    {
        _ackCount++;
        if (!durable)
        {
            // No negative acknowledgement in 3.1.1: the device learns it from the close, and sends again (wire facts 4.3.4).
            connection.Close(Hub.Connections.CloseReason.StorageUnavailable);
        }

        if (_acks is null)
        {
            _acks = ArrayPool<byte>.Shared.Rent(SmallestArray);
            lane.MarkDirty(this);
        }
        else if (_acks.Length - _ackBytes < MqttAck.PubAckSize)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * _acks.Length);
            _acks.AsSpan(0, _ackBytes).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_acks);
            _acks = larger;
        }

        if (durable)
        {
            _ackBytes += MqttAck.WritePubAck(_acks.AsSpan(_ackBytes), (ushort)token);
        }
    }

    /// <inheritdoc/>
    void IAcknowledger.FlushAcknowledgements()
    {
        var acks = _acks;
        if (acks is null)
        {
            return;
        }

        connection.Send(acks.AsSpan(0, _ackBytes));
        ArrayPool<byte>.Shared.Return(acks);
        lane.CountCompleted(_ackCount);
        lock (_gate)
        {
            _acknowledged += (uint)_ackCount;
            while (_deferred is { Count: > 0 } && (int)(_acknowledged - _deferred.Peek().After) >= 0)
            {
                Acknowledge(_deferred.Dequeue().PacketId);
            }
        }

        _acks = null;
        _ackBytes = _ackCount = 0;
    }

    // What MQTT 5 has beside the bag: the application's own properties and the content type.
    private static void AddPacketProperties(MqttPropertyReader from, EventPropertiesWriter to)
    {
        foreach (var property in from)
        {
            if (property.Id == MqttPropertyId.UserProperty)
            {
                to.Add(property.Name, property.Value);
            }
            else if (property.Id == MqttPropertyId.ContentType)
            {
                to.Add(SystemProperty.ContentType, property.Value);
            }
        }
    }

    private AppendOutcome Append(EventPropertiesWriter properties, ReadOnlySpan<byte> body, MqttQos qos, ushort packetId)
    {
        if (modelId is not null)
        {
            properties.Add(SystemProperty.DataSchema, modelId);
        }

        var draft = new EventDraft { Properties = properties.Written, Body = body };
        if (qos == MqttQos.AtMostOnce)
        {
            return lane.Hub.Telemetry.TryAppend(lane.Appender, device, draft, null, 0);
        }

        // Counted before: the commit thread may be faster than this one.
        _staged++;
        lane.CountStaged();
        var outcome = lane.Hub.Telemetry.TryAppend(lane.Appender, device, draft, this, packetId);
        if (outcome != AppendOutcome.Staged)
        {
            _staged--;
            lane.CountCompleted(1);
        }

        return outcome;
    }

    private void Acknowledge(ushort packetId)
    {
        Span<byte> ack = stackalloc byte[MqttAck.PubAckSize];
        MqttAck.WritePubAck(ack, packetId);
        connection.Send(ack);
    }
}
