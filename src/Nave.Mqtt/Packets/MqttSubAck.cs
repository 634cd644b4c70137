using System.Buffers;

namespace Nave.Mqtt;

/// <summary>SUBACK, MQTT 3.1.1 and 5.0 §3.9.</summary>
public sealed class MqttSubAck
{
    /// <summary>Gets the packet identifier of the SUBSCRIBE.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>Gets an outcome for each entry, in its order. 3.1.1 writes every failure as 0x80.</summary>
    public required IReadOnlyList<MqttReason> Reasons { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.SubAck"/>.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttSubAck Decode(in MqttFrame frame, MqttVersion version)
    {
        frame.Expect(MqttPacketType.SubAck);
        var reader = new MqttReader(frame.Body, MqttPacketType.SubAck);
        var packetId = reader.PacketId();
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.SubAck));
        reader.RequireEntry(0, int.MaxValue);
        var reasons = new MqttReason[reader.Left];
        for (var i = 0; i < reasons.Length; i++)
        {
            var code = reader.Byte("return code");

            // 3.1.1 §3.9.3: 0, 1, 2 and 0x80.
            reasons[i] = version == MqttVersion.V5 || code is <= 2 or 0x80
                ? MqttReasons.Require(code, MqttPacketType.SubAck)
                : throw MqttError.Malformed($"SUBACK has return code 0x{code:X2}; 0x00, 0x01, 0x02 and 0x80 are permitted.");
        }

        return new MqttSubAck { PacketId = packetId, Reasons = reasons, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(BodySize(version));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version)
    {
        MqttGuard.PacketId(PacketId);
        MqttGuard.NotEmpty(Reasons.Count, MqttPacketType.SubAck);
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.SubAck, version);
        foreach (var reason in Reasons)
        {
            MqttGuard.Reason(reason, MqttPacketType.SubAck);
        }

        var writer = MqttWriter.Begin(output, (int)MqttPacketType.SubAck << 4, BodySize(version));
        writer.UInt16(PacketId);
        writer.Properties(version, Properties.Raw);
        foreach (var reason in Reasons)
        {
            writer.Byte((byte)(version != MqttVersion.V5 && reason.IsFailure() ? MqttReason.UnspecifiedError : reason));
        }

        writer.End(output);
    }

    private int BodySize(MqttVersion version) => 2 + MqttWriter.PropertiesSize(version, Properties.Raw) + Reasons.Count;
}
