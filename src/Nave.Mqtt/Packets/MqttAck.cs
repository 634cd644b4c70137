using System.Buffers;
using System.Buffers.Binary;

namespace Nave.Mqtt;

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP, MQTT 3.1.1 and 5.0 §3.4 to §3.7. Without properties, decoding allocates nothing.</summary>
/// <param name="Type">Which of the four.</param>
/// <param name="PacketId">The message's packet identifier, 1 to 65,535.</param>
/// <param name="Reason">Always success in 3.1.1.</param>
/// <param name="Properties">None before MQTT 5.</param>
public readonly record struct MqttAck(
    MqttPacketType Type, ushort PacketId, MqttReason Reason = MqttReason.Success, MqttProperties Properties = default)
{
    /// <summary>Bytes of a PUBACK that says success, in both versions.</summary>
    public const int PubAckSize = 4;

    /// <summary>Writes a PUBACK that says success: the same <see cref="PubAckSize"/> bytes in both versions.</summary>
    /// <param name="destination">At least <see cref="PubAckSize"/> bytes.</param>
    /// <param name="packetId">1 to 65,535.</param>
    /// <returns>The bytes written.</returns>
    public static int WritePubAck(Span<byte> destination, ushort packetId)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, 0x4002_0000U | packetId);
        return PubAckSize;
    }

    /// <summary>Decodes a frame of one of the four types.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttAck Decode(in MqttFrame frame, MqttVersion version)
    {
        RequireType(frame.Type);
        var reader = new MqttReader(frame.Body, frame.Type);
        var packetId = reader.PacketId();
        if (reader.Left == 0)
        {
            return new MqttAck(frame.Type, packetId);
        }

        if (version != MqttVersion.V5)
        {
            throw MqttError.Trailing(frame.Type, reader.Left);
        }

        // MQTT 5.0 §3.4.2.2.1: with less than 4 bytes there is no property length, and its value is 0.
        var reason = MqttReasons.Require(reader.Byte("reason code"), frame.Type);
        var properties = reader.Left == 0 ? default : MqttProperties.Copy(reader.Properties(version, (MqttPropertySet)frame.Type));
        reader.End();
        return new MqttAck(frame.Type, packetId, reason, properties);
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(BodySize(version));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet; 3.1.1 has no reason codes and no properties.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version)
    {
        RequireType(Type);
        MqttPropertyRules.Demand(Properties.Raw, (MqttPropertySet)Type, version);
        MqttGuard.PacketId(PacketId);
        if (version != MqttVersion.V5 && Reason != MqttReason.Success)
        {
            throw new ArgumentException($"{Type} has reason {Reason}, which MQTT 3.1.1 cannot say.");
        }

        MqttGuard.Reason(Reason, Type);

        // MQTT 5.0 §3.6.1: PUBREL alone has flags.
        var flags = Type == MqttPacketType.PubRel ? 2 : 0;
        var size = BodySize(version);
        var writer = MqttWriter.Begin(output, ((int)Type << 4) | flags, size);
        writer.UInt16(PacketId);
        if (size > 2)
        {
            writer.Byte((byte)Reason);
        }

        if (size > 3)
        {
            writer.Properties(version, Properties.Raw);
        }

        writer.End(output);
    }

    private static void RequireType(MqttPacketType type)
    {
        if (type is < MqttPacketType.PubAck or > MqttPacketType.PubComp)
        {
            throw new InvalidOperationException($"{MqttError.Name(type)} is not PUBACK, PUBREC, PUBREL or PUBCOMP.");
        }
    }

    private int BodySize(MqttVersion version)
    {
        if (!Properties.IsEmpty)
        {
            return 3 + MqttWriter.PropertiesSize(version, Properties.Raw);
        }

        return Reason == MqttReason.Success ? 2 : 3;
    }
}
