using System.Buffers;

namespace Nave.Mqtt;

/// <summary>UNSUBACK, MQTT 3.1.1 and 5.0 §3.11.</summary>
public sealed class MqttUnsubAck
{
    /// <summary>Gets the packet identifier of the UNSUBSCRIBE.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>Gets an outcome for each filter, in its order; 3.1.1 has none and does not write them.</summary>
    public IReadOnlyList<MqttReason> Reasons { get; init; } = [];

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.UnsubAck"/>.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttUnsubAck Decode(in MqttFrame frame, MqttVersion version)
    {
        frame.Expect(MqttPacketType.UnsubAck);
        var reader = new MqttReader(frame.Body, MqttPacketType.UnsubAck);
        var packetId = reader.PacketId();
        if (version != MqttVersion.V5)
        {
            reader.End();
            return new MqttUnsubAck { PacketId = packetId };
        }

        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.UnsubAck));
        reader.RequireEntry(0, int.MaxValue);
        var reasons = new MqttReason[reader.Left];
        for (var i = 0; i < reasons.Length; i++)
        {
            reasons[i] = MqttReasons.Require(reader.Byte("reason code"), MqttPacketType.UnsubAck);
        }

        return new MqttUnsubAck { PacketId = packetId, Reasons = reasons, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(BodySize(version));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version)
    {
        MqttGuard.PacketId(PacketId);
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.UnsubAck, version);
        var writer = MqttWriter.Begin(output, (int)MqttPacketType.UnsubAck << 4, BodySize(version));
        writer.UInt16(PacketId);
        if (version == MqttVersion.V5)
        {
            MqttGuard.NotEmpty(Reasons.Count, MqttPacketType.UnsubAck);
            writer.Properties(version, Properties.Raw);
            foreach (var reason in Reasons)
            {
                MqttGuard.Reason(reason, MqttPacketType.UnsubAck);
                writer.Byte((byte)reason);
            }
        }

        writer.End(output);
    }

    private int BodySize(MqttVersion version) =>
        2 + (version == MqttVersion.V5 ? MqttWriter.PropertiesSize(version, Properties.Raw) + Reasons.Count : 0);
}
