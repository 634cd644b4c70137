using System.Buffers;

namespace Nave.Mqtt;

/// <summary>CONNACK, MQTT 3.1.1 and 5.0 §3.2. In 3.1.1 the reason is written as the return code that means the same.</summary>
public sealed class MqttConnAck
{
    /// <summary>Gets a value indicating whether the server continues an earlier session; never with a failure.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>Gets the outcome.</summary>
    public MqttReason Reason { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.ConnAck"/>.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttConnAck Decode(in MqttFrame frame, MqttVersion version)
    {
        frame.Expect(MqttPacketType.ConnAck);
        var reader = new MqttReader(frame.Body, MqttPacketType.ConnAck);
        var flags = reader.Byte("acknowledge flags");
        if (flags > 1)
        {
            throw MqttError.Malformed($"CONNACK has flags 0x{flags:X2}; 0x00 and 0x01 are permitted.");
        }

        var code = reader.Byte("reason code");
        var reason = version == MqttVersion.V5 ? MqttReasons.Require(code, MqttPacketType.ConnAck) : MqttReasons.FromReturnCode(code);

        // §3.2.2.2 in 3.1.1, §3.2.2.1.1 in 5.0.
        if (flags == 1 && reason != MqttReason.Success)
        {
            throw MqttError.Protocol($"CONNACK says {reason} and session present, which must be 0 then.");
        }

        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.ConnAck));
        reader.End();
        return new MqttConnAck { SessionPresent = flags == 1, Reason = reason, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(2 + MqttWriter.PropertiesSize(version, Properties.Raw));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet; see <see cref="MqttReasons.TryToReturnCode"/> for 3.1.1.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version)
    {
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.ConnAck, version);
        MqttGuard.Reason(Reason, MqttPacketType.ConnAck);
        if (SessionPresent && Reason != MqttReason.Success)
        {
            throw new ArgumentException($"CONNACK with reason {Reason} must not have SessionPresent.");
        }

        var code = (byte)Reason;
        if (version != MqttVersion.V5)
        {
            code = MqttReasons.TryToReturnCode(Reason, out var returnCode)
                ? (byte)returnCode
                : throw new ArgumentException($"CONNACK has reason {Reason}, which MQTT 3.1.1 cannot say: close without a CONNACK.");
        }

        var writer = MqttWriter.Begin(output, (int)MqttPacketType.ConnAck << 4, 2 + MqttWriter.PropertiesSize(version, Properties.Raw));
        writer.Byte((byte)(SessionPresent ? 1 : 0));
        writer.Byte(code);
        writer.Properties(version, Properties.Raw);
        writer.End(output);
    }
}
