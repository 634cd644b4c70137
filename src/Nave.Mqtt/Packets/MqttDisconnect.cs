using System.Buffers;

namespace Nave.Mqtt;

/// <summary>DISCONNECT, MQTT 3.1.1 and 5.0 §3.14. In 3.1.1 only the client sends it, without a reason.</summary>
public sealed class MqttDisconnect
{
    /// <summary>Gets the reason; success means a normal end.</summary>
    public MqttReason Reason { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Disconnect"/>.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttDisconnect Decode(in MqttFrame frame, MqttVersion version, MqttSender sender)
    {
        frame.Expect(MqttPacketType.Disconnect);
        var reader = new MqttReader(frame.Body, MqttPacketType.Disconnect);
        if (version != MqttVersion.V5)
        {
            reader.End();
            if (sender == MqttSender.Server)
            {
                throw MqttError.Protocol("The server sent DISCONNECT, which in MQTT 3.1.1 only the client may.");
            }
        }

        // MQTT 5.0 §3.14.2.1: with an empty body the reason is 0; with less than 2 bytes there are no properties.
        var reason = reader.Left == 0 ? MqttReason.Success : MqttReasons.Require(reader.Byte("reason code"), MqttPacketType.Disconnect);
        if (reason == MqttReason.DisconnectWithWill && sender == MqttSender.Server)
        {
            throw MqttError.Protocol("The server sent DISCONNECT with reason 0x04, which only the client may.");
        }

        var properties = reader.Left == 0 ? default : MqttProperties.Copy(reader.Properties(version, Owner(sender)));
        reader.End();
        return new MqttDisconnect { Reason = reason, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(MqttReasonBody.Size(Reason, Properties, version));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet; 3.1.1 has no reason codes, no properties and no server that sends it.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version, MqttSender sender)
    {
        MqttPropertyRules.Demand(Properties.Raw, Owner(sender), version);
        MqttGuard.Reason(Reason, MqttPacketType.Disconnect);
        if (version != MqttVersion.V5 && (Reason != MqttReason.Success || sender == MqttSender.Server))
        {
            throw new ArgumentException($"DISCONNECT from the {sender} with reason {Reason} does not exist in MQTT 3.1.1.");
        }

        if (Reason == MqttReason.DisconnectWithWill && sender == MqttSender.Server)
        {
            throw new ArgumentException("DISCONNECT with reason 0x04 is for clients only.");
        }

        MqttReasonBody.Write(output, MqttPacketType.Disconnect, Reason, Properties, version);
    }

    private static MqttPropertySet Owner(MqttSender sender) =>
        sender == MqttSender.Client ? MqttPropertySet.DisconnectFromClient : MqttPropertySet.DisconnectFromServer;
}
