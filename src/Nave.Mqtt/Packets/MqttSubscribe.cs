using System.Buffers;

namespace Nave.Mqtt;

/// <summary>SUBSCRIBE, MQTT 3.1.1 and 5.0 §3.8.</summary>
public sealed class MqttSubscribe
{
    /// <summary>How many filters a SUBSCRIBE or UNSUBSCRIBE may have unless the caller says otherwise; ours, the protocol has no limit.</summary>
    public const int DefaultMaxFilters = 256;

    /// <summary>Gets the packet identifier, 1 to 65,535.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>Gets the entries, at least one, in the order in which SUBACK answers them.</summary>
    public required IReadOnlyList<MqttSubscription> Subscriptions { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Subscribe"/>.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="maxFilters">More entries are refused with <see cref="MqttReason.QuotaExceeded"/>.</param>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttSubscribe Decode(in MqttFrame frame, MqttVersion version, int maxFilters = DefaultMaxFilters)
    {
        frame.Expect(MqttPacketType.Subscribe);
        var reader = new MqttReader(frame.Body, MqttPacketType.Subscribe);
        var packetId = reader.PacketId();
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.Subscribe));
        var subscriptions = new List<MqttSubscription>(1);
        do
        {
            // An empty list is a protocol error, §3.8.3.
            reader.RequireEntry(subscriptions.Count, maxFilters);
            subscriptions.Add(MqttSubscription.Read(ref reader, version));
        }
        while (reader.Left > 0);

        return new MqttSubscribe { PacketId = packetId, Subscriptions = subscriptions, Properties = properties };
    }

    /// <summary>Computes the exact size of the packet.</summary>
    /// <returns>Bytes, fixed header included.</returns>
    /// <exception cref="ArgumentException">A filter is not an MQTT string.</exception>
    public int GetSize(MqttVersion version) => MqttWriter.PacketSize(BodySize(version));

    /// <summary>Encodes the packet.</summary>
    /// <exception cref="ArgumentException">The values do not make a valid packet.</exception>
    public void Encode(IBufferWriter<byte> output, MqttVersion version)
    {
        MqttGuard.PacketId(PacketId);
        MqttGuard.NotEmpty(Subscriptions.Count, MqttPacketType.Subscribe);
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.Subscribe, version);
        foreach (var subscription in Subscriptions)
        {
            subscription.Demand(version);
        }

        var writer = MqttWriter.Begin(output, ((int)MqttPacketType.Subscribe << 4) | 2, BodySize(version));
        writer.UInt16(PacketId);
        writer.Properties(version, Properties.Raw);
        foreach (var subscription in Subscriptions)
        {
            writer.Text(subscription.Filter);
            writer.Byte(subscription.Options);
        }

        writer.End(output);
    }

    private int BodySize(MqttVersion version) =>
        2 + MqttWriter.PropertiesSize(version, Properties.Raw) + Subscriptions.Sum(s => 3 + MqttGuard.FilterSize(s.Filter));
}
