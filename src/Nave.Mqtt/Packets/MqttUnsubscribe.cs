using System.Buffers;

namespace Nave.Mqtt;

/// <summary>UNSUBSCRIBE, MQTT 3.1.1 and 5.0 §3.10.</summary>
public sealed class MqttUnsubscribe
{
    /// <summary>Gets the packet identifier, 1 to 65,535.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>Gets the topic filters, at least one, in the order in which MQTT 5's UNSUBACK answers them.</summary>
    public required IReadOnlyList<string> Filters { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }

    /// <summary>Decodes a frame of type <see cref="MqttPacketType.Unsubscribe"/>.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="maxFilters">More entries are refused with <see cref="MqttReason.QuotaExceeded"/>.</param>
    /// <exception cref="MqttProtocolException">The packet breaks a rule of <paramref name="version"/>.</exception>
    public static MqttUnsubscribe Decode(in MqttFrame frame, MqttVersion version, int maxFilters = MqttSubscribe.DefaultMaxFilters)
    {
        frame.Expect(MqttPacketType.Unsubscribe);
        var reader = new MqttReader(frame.Body, MqttPacketType.Unsubscribe);
        var packetId = reader.PacketId();
        var properties = MqttProperties.Copy(reader.Properties(version, MqttPropertySet.Unsubscribe));
        var filters = new List<string>(1);
        do
        {
            reader.RequireEntry(filters.Count, maxFilters);
            filters.Add(MqttUtf8.ToText(reader.Filter(version)));
        }
        while (reader.Left > 0);

        return new MqttUnsubscribe { PacketId = packetId, Filters = filters, Properties = properties };
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
        MqttGuard.NotEmpty(Filters.Count, MqttPacketType.Unsubscribe);
        MqttPropertyRules.Demand(Properties.Raw, MqttPropertySet.Unsubscribe, version);
        foreach (var filter in Filters)
        {
            MqttGuard.Filter(filter, version);
        }

        var writer = MqttWriter.Begin(output, ((int)MqttPacketType.Unsubscribe << 4) | 2, BodySize(version));
        writer.UInt16(PacketId);
        writer.Properties(version, Properties.Raw);
        foreach (var filter in Filters)
        {
            writer.Text(filter);
        }

        writer.End(output);
    }

    private int BodySize(MqttVersion version) =>
        2 + MqttWriter.PropertiesSize(version, Properties.Raw) + Filters.Sum(f => 2 + MqttGuard.FilterSize(f));
}
