using System.Buffers.Binary;

namespace Nave.Mqtt;

/// <summary>Reads the fields of one packet's body; every read is checked against what is left.</summary>
internal ref struct MqttReader(ReadOnlySpan<byte> body, MqttPacketType packet)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly int Left => _rest.Length;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte(string field) => Take(1, field)[0];

    public ushort UInt16(string field) => BinaryPrimitives.ReadUInt16BigEndian(Take(2, field));

    public uint UInt32(string field) => BinaryPrimitives.ReadUInt32BigEndian(Take(4, field));

    /// <summary>A packet identifier: never 0, MQTT 3.1.1 §2.3.1, 5.0 §2.2.1.</summary>
    public ushort PacketId()
    {
        var id = UInt16("packet identifier");
        return id == 0 ? throw MqttError.PacketId(packet) : id;
    }

    public ReadOnlySpan<byte> Binary(string field)
    {
        var length = UInt16(field);
        return Take(length, field);
    }

    public ReadOnlySpan<byte> Utf8(string field)
    {
        var text = Binary(field);
        return MqttUtf8.IsValid(text) ? text : throw NotUtf8(field);
    }

    public string Text(string field) => MqttUtf8.ToText(Utf8(field));

    /// <summary>A Variable Byte Integer, MQTT 5.0 §1.5.5: 1 to 4 bytes, the shortest form.</summary>
    public int VarInt(string field)
    {
        var value = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var digit = Byte(field);
            value |= (digit & 0x7F) << shift;
            if (digit < 0x80)
            {
                return digit == 0 && shift > 0 ? throw NotShortest(field, value) : value;
            }
        }

        throw TooLong(field);
    }

    /// <summary>The property section, validated for its packet; empty before MQTT 5.</summary>
    public MqttPropertyReader Properties(MqttVersion version, MqttPropertySet owner)
    {
        if (version != MqttVersion.V5)
        {
            return default;
        }

        var length = VarInt("property length");
        var raw = Take(length, "properties");
        return new MqttPropertyReader(raw, MqttPropertyRules.Validate(raw, owner));
    }

    /// <summary>A topic filter, well-formed; only MQTT 5 knows shared subscriptions, to 3.1.1 "$share" is a level like any other.</summary>
    public ReadOnlySpan<byte> Filter(MqttVersion version)
    {
        var filter = Binary("topic filter");
        return MqttTopicFilter.IsValid(filter, version) ? filter : throw BadFilter();
    }

    /// <summary>A list needs an entry, MQTT 3.1.1 and 5.0 §3.8.3, §3.9.3, §3.10.3, and must not outgrow the limit.</summary>
    public readonly void RequireEntry(int count, int limit)
    {
        if (_rest.IsEmpty)
        {
            throw MqttError.Protocol($"{MqttError.Name(packet)} has an empty list; at least one entry is required.");
        }

        if (count >= limit)
        {
            throw new MqttProtocolException(MqttReason.QuotaExceeded, $"{MqttError.Name(packet)} has more than {limit} entries.");
        }
    }

    public ReadOnlySpan<byte> Take(int length, string field)
    {
        if (_rest.Length < length)
        {
            throw MqttError.TooShort(packet, field, length, _rest.Length);
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw MqttError.Trailing(packet, _rest.Length);
        }
    }

    private readonly MqttProtocolException BadFilter() => MqttError.Malformed(
        $"{MqttError.Name(packet)}: a topic filter must be well-formed UTF-8 of 1 to 65535 bytes without U+0000, "
        + "'+' and '#' must fill whole levels, '#' must be the last.");

    private readonly MqttProtocolException NotUtf8(string field) =>
        MqttError.Malformed($"{MqttError.Name(packet)}: the {field} is not well-formed UTF-8 without U+0000.");

    private readonly MqttProtocolException NotShortest(string field, int value) =>
        MqttError.Malformed($"{MqttError.Name(packet)}: the {field} {value} is not written in its shortest form.");

    private readonly MqttProtocolException TooLong(string field) =>
        MqttError.Malformed($"{MqttError.Name(packet)}: the {field} is longer than 4 bytes; 1 to 4 are permitted.");
}
