using System.Buffers;
using System.Buffers.Binary;

namespace Nave.Mqtt;

/// <summary>PUBLISH, MQTT 3.1.1 and 5.0 §3.3, as a view on spans: decoding allocates nothing.</summary>
public readonly ref struct MqttPublish
{
    private const int RetainFlag = 0x01;
    private const int DuplicateFlag = 0x08;

    /// <summary>Gets the topic name in UTF-8, valid and without wildcards; empty only in MQTT 5 with a <see cref="TopicAlias"/>.</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>Gets the payload.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttPropertyReader Properties { get; init; }

    /// <summary>Gets the packet identifier; 0 at QoS 0, else never 0.</summary>
    public ushort PacketId { get; init; }

    /// <summary>Gets the quality of service.</summary>
    public MqttQos Qos { get; init; }

    /// <summary>Gets a value indicating whether the message may have been sent before; never at QoS 0.</summary>
    public bool Duplicate { get; init; }

    /// <summary>Gets a value indicating whether the message is to be kept, or was kept.</summary>
    public bool Retain { get; init; }

    /// <summary>Gets the topic alias; 0 if there is none. The caller checks it against the maximum that it announced.</summary>
    public ushort TopicAlias =>
        !Properties.Raw.IsEmpty && Properties.TryFind(MqttPropertyId.TopicAlias, out var alias) ? (ushort)alias.Number : (ushort)0;

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Publish"/>.</summary>
    /// <returns>A view that is valid as long as the frame.</returns>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttPublish Decode(in MqttFrame frame, MqttVersion version, MqttSender sender)
    {
        frame.Expect(MqttPacketType.Publish);
        var header = frame.Header;
        var qos = (header >> 1) & 3;
        if (qos == 3 || (qos == 0 && (header & DuplicateFlag) != 0))
        {
            throw BadFlags(qos);
        }

        var body = frame.Body;
        if (body.Length < 2)
        {
            throw MqttError.TooShort(MqttPacketType.Publish, "topic name", 2, body.Length);
        }

        var topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        var at = 2 + topicLength + (qos > 0 ? 2 : 0);
        if (body.Length < at)
        {
            throw MqttError.TooShort(MqttPacketType.Publish, "topic name or packet identifier", at, body.Length);
        }

        var topic = body.Slice(2, topicLength);
        var packetId = qos > 0 ? BinaryPrimitives.ReadUInt16BigEndian(body[(at - 2)..]) : (ushort)0;
        if (qos > 0 && packetId == 0)
        {
            throw MqttError.PacketId(MqttPacketType.Publish);
        }

        var properties = default(MqttPropertyReader);
        var payload = body[at..];
        if (version == MqttVersion.V5)
        {
            // No properties is what most messages have: one byte that says 0.
            if (!payload.IsEmpty && payload[0] == 0)
            {
                payload = payload[1..];
            }
            else
            {
                var reader = new MqttReader(payload, MqttPacketType.Publish);
                properties = reader.Properties(version, Owner(sender));
                payload = reader.Rest;
            }
        }

        // MQTT 5.0 §3.3.2.1: an empty name needs an alias.
        if (!MqttTopic.IsValid(topic) && !(topic.IsEmpty && properties.TryFind(MqttPropertyId.TopicAlias, out _)))
        {
            throw BadTopic(topic, version);
        }

        return new MqttPublish
        {
            Topic = topic,
            Payload = payload,
            Properties = properties,
            PacketId = packetId,
            Qos = (MqttQos)qos,
            Duplicate = (header & DuplicateFlag) != 0,
            Retain = (header & RetainFlag) != 0,
        };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    /// <exception cref="ArgumentException">The topic or the packet is larger than the protocol can express.</exception>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(BodySize(version));

    /// <summary>Encodes the packet.</summary>
    /// <param name="output">Gets exactly <see cref="GetSize"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="sender">Who sends it.</param>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version, MqttSender sender)
    {
        MqttPropertyRules.Demand(Properties.Raw, Owner(sender), version);
        if (Qos > MqttQos.ExactlyOnce || (PacketId == 0) != (Qos == MqttQos.AtMostOnce) || (Duplicate && Qos == MqttQos.AtMostOnce))
        {
            throw new ArgumentException($"PUBLISH with QoS {(int)Qos} has packet identifier {PacketId} and DUP {Duplicate}; QoS 1 and 2 need 1 to 65535, QoS 0 needs 0 and no DUP.");
        }

        if (!MqttTopic.IsValid(Topic) && !(Topic.IsEmpty && TopicAlias != 0))
        {
            throw new ArgumentException("The topic name is empty, not well-formed or contains a wildcard.");
        }

        var header = ((int)MqttPacketType.Publish << 4) | ((int)Qos << 1) | (Duplicate ? DuplicateFlag : 0) | (Retain ? RetainFlag : 0);
        var writer = MqttWriter.Begin(output, header, BodySize(version));
        writer.Binary(Topic);
        if (Qos != MqttQos.AtMostOnce)
        {
            writer.UInt16(PacketId);
        }

        writer.Properties(version, Properties.Raw);
        writer.Raw(Payload);
        writer.End(output);
    }

    private static MqttPropertySet Owner(MqttSender sender) =>
        sender == MqttSender.Client ? MqttPropertySet.PublishFromClient : MqttPropertySet.PublishFromServer;

    private int BodySize(MqttVersion version)
    {
        if (Topic.Length > ushort.MaxValue)
        {
            throw new ArgumentException($"The topic name has {Topic.Length} bytes; 1 to 65535 are permitted.");
        }

        var size = 2L + Topic.Length + (Qos == MqttQos.AtMostOnce ? 0 : 2) + MqttWriter.PropertiesSize(version, Properties.Raw) + Payload.Length;
        return (int)Math.Min(size, int.MaxValue);
    }

    // §3.3.1.1 and §3.3.1.2; QoS 3 is a malformed packet.
    private static MqttProtocolException BadFlags(int qos) => MqttError.Malformed(
        qos == 3 ? "PUBLISH has QoS 3; 0 to 2 are permitted." : "PUBLISH with QoS 0 has DUP set; it must be 0.");

    private static MqttProtocolException BadTopic(ReadOnlySpan<byte> topic, MqttVersion version) =>
        topic.IsEmpty && version == MqttVersion.V5
            ? MqttError.Protocol("PUBLISH has neither a topic name nor a TopicAlias.")
            : MqttError.Malformed("PUBLISH topic name must be well-formed UTF-8 of 1 to 65535 bytes, without U+0000 and wildcards.");
}
