namespace Nave.Mqtt;

/// <summary>One entry of SUBSCRIBE, MQTT 3.1.1 and 5.0 §3.8.3.</summary>
/// <param name="Filter">A well-formed topic filter.</param>
/// <param name="Qos">The highest quality of service wanted.</param>
/// <param name="NoLocal">MQTT 5: not the client's own messages; not for shared subscriptions.</param>
/// <param name="RetainAsPublished">MQTT 5: messages keep their retain flag.</param>
/// <param name="RetainHandling">MQTT 5: which retained messages are sent at once.</param>
public readonly record struct MqttSubscription(
    string Filter,
    MqttQos Qos,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    MqttRetainHandling RetainHandling = MqttRetainHandling.Send)
{
    internal byte Options =>
        (byte)((int)Qos | (NoLocal ? 0x04 : 0) | (RetainAsPublished ? 0x08 : 0) | ((int)RetainHandling << 4));

    internal static MqttSubscription Read(ref MqttReader reader, MqttVersion version)
    {
        var filter = reader.Filter(version);
        var options = reader.Byte("subscription options");

        // 3.1.1 §3.8.3.1: bits 7 to 2 are reserved; 5.0: bits 7 and 6.
        var reserved = options & (version == MqttVersion.V5 ? 0xC0 : 0xFC);
        if (reserved != 0)
        {
            throw MqttError.Malformed($"SUBSCRIBE has options 0x{options:X2}; the reserved bits must be 0.");
        }

        var qos = options & 3;
        if (qos == 3)
        {
            // 3.1.1 calls it malformed, 5.0 a protocol error.
            throw new MqttProtocolException(
                version == MqttVersion.V5 ? MqttReason.ProtocolError : MqttReason.MalformedPacket, "SUBSCRIBE has QoS 3; 0 to 2 are permitted.");
        }

        var retain = (options >> 4) & 3;
        if (retain == 3)
        {
            throw MqttError.Protocol("SUBSCRIBE has retain handling 3; 0 to 2 are permitted.");
        }

        var noLocal = (options & 0x04) != 0;
        if (noLocal && MqttTopicFilter.IsShared(filter))
        {
            throw MqttError.Protocol("SUBSCRIBE has NoLocal on a shared subscription; it must be 0.");
        }

        return new MqttSubscription(
            MqttUtf8.ToText(filter), (MqttQos)qos, noLocal, (options & 0x08) != 0, (MqttRetainHandling)retain);
    }

    internal void Demand(MqttVersion version)
    {
        MqttGuard.Filter(Filter, version);
        if (Qos > MqttQos.ExactlyOnce || RetainHandling > MqttRetainHandling.DoNotSend)
        {
            throw new ArgumentException($"SUBSCRIBE has QoS {(int)Qos} and retain handling {(int)RetainHandling}; 0 to 2 are permitted.");
        }

        if (version != MqttVersion.V5 && Options > 2)
        {
            throw new ArgumentException("SUBSCRIBE has options that MQTT 3.1.1 does not know.");
        }

        if (NoLocal && Filter.StartsWith("$share/", StringComparison.Ordinal))
        {
            throw new ArgumentException("A shared subscription must not have NoLocal.");
        }
    }
}
