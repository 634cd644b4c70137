using System.Buffers.Binary;

namespace Nave.Mqtt;

/// <summary>One property, a view on the packet.</summary>
public readonly ref struct MqttProperty
{
    private MqttProperty(MqttPropertyId id, uint number, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Id = id;
        Number = number;
        Name = name;
        Value = value;
    }

    /// <summary>Gets the identifier.</summary>
    public MqttPropertyId Id { get; }

    /// <summary>Gets the value of a numeric property, else 0.</summary>
    public uint Number { get; }

    /// <summary>Gets the UTF-8 name of a user property, else nothing.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Gets the value of a string (UTF-8), binary or user property, else nothing.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Takes the next property off the front; strings are not checked here.</summary>
    internal static MqttProperty Take(scoped ref ReadOnlySpan<byte> rest)
    {
        var id = (MqttPropertyId)rest[0];
        var at = 1;
        switch (MqttPropertyRules.TypeOf(id))
        {
            case MqttPropertyType.Byte:
                Need(rest, at + 1, id);
                return Integral(ref rest, id, rest[at], at + 1);

            case MqttPropertyType.UInt16:
                Need(rest, at + 2, id);
                return Integral(ref rest, id, BinaryPrimitives.ReadUInt16BigEndian(rest[at..]), at + 2);

            case MqttPropertyType.UInt32:
                Need(rest, at + 4, id);
                return Integral(ref rest, id, BinaryPrimitives.ReadUInt32BigEndian(rest[at..]), at + 4);

            case MqttPropertyType.VarInt:
                return VarInt(ref rest, id);

            case MqttPropertyType.Pair:
                var name = Prefixed(rest, ref at, id);
                var text = Prefixed(rest, ref at, id);
                rest = rest[at..];
                return new MqttProperty(id, 0, name, text);

            case MqttPropertyType.Binary or MqttPropertyType.Text:
                var value = Prefixed(rest, ref at, id);
                rest = rest[at..];
                return new MqttProperty(id, 0, default, value);

            default:
                throw MqttError.Malformed($"Property identifier 0x{(byte)id:X2} is not defined; 0x01 to 0x2A are, with gaps.");
        }
    }

    private static MqttProperty Integral(scoped ref ReadOnlySpan<byte> rest, MqttPropertyId id, uint value, int length)
    {
        rest = rest[length..];
        return new MqttProperty(id, value, default, default);
    }

    private static MqttProperty VarInt(scoped ref ReadOnlySpan<byte> rest, MqttPropertyId id)
    {
        var value = 0U;
        for (var i = 0; i < 4; i++)
        {
            Need(rest, i + 2, id);
            var digit = rest[i + 1];
            value |= (digit & 0x7FU) << (7 * i);
            if (digit < 0x80)
            {
                return digit == 0 && i > 0
                    ? throw MqttError.Malformed($"Property {id} {value} is not written in its shortest form.")
                    : Integral(ref rest, id, value, i + 2);
            }
        }

        throw MqttError.Malformed($"Property {id} is longer than 4 bytes; 1 to 4 are permitted.");
    }

    private static ReadOnlySpan<byte> Prefixed(ReadOnlySpan<byte> rest, scoped ref int at, MqttPropertyId id)
    {
        Need(rest, at + 2, id);
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[at..]);
        at += 2;
        Need(rest, at + length, id);
        var value = rest.Slice(at, length);
        at += length;
        return value;
    }

    private static void Need(ReadOnlySpan<byte> rest, int length, MqttPropertyId id)
    {
        if (rest.Length < length)
        {
            throw CutShort(rest.Length, length, id);
        }
    }

    private static MqttProtocolException CutShort(int left, int needed, MqttPropertyId id) =>
        MqttError.Malformed($"The properties end in {id}: {needed} bytes needed, {left} left.");
}
