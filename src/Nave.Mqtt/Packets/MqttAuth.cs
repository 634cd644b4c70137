using System.Buffers;

namespace Nave.Mqtt;

/// <summary>AUTH, MQTT 5.0 §3.15; 3.1.1 has no such packet.</summary>
public sealed class MqttAuth
{
    /// <summary>Gets the reason: success, continue, or re-authenticate (clients only).</summary>
    public MqttReason Reason { get; init; }

    /// <summary>Gets the properties; they hold the authentication method.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Auth"/>.</summary>
    /// <exception cref="MqttProtocolException">The packet breaks a rule, or <paramref name="version"/> is 3.1.1.</exception>
    public static MqttAuth Decode(in MqttFrame frame, MqttVersion version)
    {
        frame.Expect(MqttPacketType.Auth);
        if (version != MqttVersion.V5)
        {
            throw MqttError.Malformed("Packet type 15 is reserved in MQTT 3.1.1; 1 to 14 are permitted.");
        }

        // §3.15.2.1: the empty body is a success without properties.
        var reader = new MqttReader(frame.Body, MqttPacketType.Auth);
        if (reader.Left == 0)
        {
            return new MqttAuth();
        }

        var reason = MqttReasons.Require(reader.Byte("reason code"), MqttPacketType.Auth);
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.Auth));
        reader.End();

        // §3.15.2.2.2.
        return properties.GetString(MqttPropertyId.AuthenticationMethod) is null
            ? throw MqttError.Protocol("AUTH has no AuthenticationMethod.")
            : new MqttAuth { Reason = reason, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    public int GetSize() => MqttWriter.PacketSize(MqttReasonBody.Size(Reason, Properties, MqttVersion.V5));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output)
    {
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.Auth, MqttVersion.V5);
        MqttGuard.Reason(Reason, MqttPacketType.Auth);
        if (!(Reason == MqttReason.Success && Properties.IsEmpty) && !Properties.Reader.TryFind(MqttPropertyId.AuthenticationMethod, out _))
        {
            throw new ArgumentException("AUTH needs an AuthenticationMethod.");
        }

        MqttReasonBody.Write(output, MqttPacketType.Auth, Reason, Properties, MqttVersion.V5);
    }
}
