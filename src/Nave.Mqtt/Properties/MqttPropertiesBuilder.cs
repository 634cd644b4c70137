using System.Buffers;
using System.Buffers.Binary;

namespace Nave.Mqtt;

/// <summary>Builds a set of properties. Whether a packet may carry them is checked when the packet is encoded.</summary>
public sealed class MqttPropertiesBuilder
{
    private readonly ArrayBufferWriter<byte> _raw = new();

    /// <summary>Adds a numeric property.</summary>
    /// <exception cref="ArgumentException">The property is not numeric.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value does not fit the property's type.</exception>
    public MqttPropertiesBuilder AddNumber(MqttPropertyId id, uint value)
    {
        var (size, max) = MqttPropertyRules.TypeOf(id) switch
        {
            MqttPropertyType.Byte => (1, byte.MaxValue),
            MqttPropertyType.UInt16 => (2, ushort.MaxValue),
            MqttPropertyType.UInt32 => (4, uint.MaxValue),
            MqttPropertyType.VarInt => (0, (uint)MqttFrame.MaxRemainingLength),
            _ => throw new ArgumentException($"{id} is not a numeric property.", nameof(id)),
        };
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max);

        _raw.Write([(byte)id]);
        if (size == 0)
        {
            for (; value >= 0x80; value >>= 7)
            {
                _raw.Write([(byte)(value | 0x80)]);
            }

            _raw.Write([(byte)value]);
            return this;
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _raw.Write(bytes[(4 - size)..]);
        return this;
    }

    /// <summary>Adds a string property.</summary>
    /// <exception cref="ArgumentException">The property is not a string, or the value cannot be an MQTT string.</exception>
    public MqttPropertiesBuilder AddString(MqttPropertyId id, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Require(id, MqttPropertyType.Text);
        var size = MqttUtf8.Size(value, id.ToString());
        _raw.Write([(byte)id]);
        Text(value, size);
        return this;
    }

    /// <summary>Adds a binary property of at most 65,535 bytes.</summary>
    /// <exception cref="ArgumentException">The property is not binary, or the value is too long.</exception>
    public MqttPropertiesBuilder AddBinary(MqttPropertyId id, ReadOnlySpan<byte> value)
    {
        Require(id, MqttPropertyType.Binary);
        if (value.Length > ushort.MaxValue)
        {
            throw new ArgumentException($"{id} has {value.Length} bytes; 0 to 65535 are permitted.", nameof(value));
        }

        _raw.Write([(byte)id, (byte)(value.Length >> 8), (byte)value.Length]);
        _raw.Write(value);
        return this;
    }

    /// <summary>Adds a user property; names may repeat.</summary>
    /// <exception cref="ArgumentException">The name or the value cannot be an MQTT string.</exception>
    public MqttPropertiesBuilder AddUser(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        var nameSize = MqttUtf8.Size(name, "user property's name");
        var valueSize = MqttUtf8.Size(value, "user property's value");
        _raw.Write([(byte)MqttPropertyId.UserProperty]);
        Text(name, nameSize);
        Text(value, valueSize);
        return this;
    }

    /// <summary>Adds a property of another packet as it is.</summary>
    public MqttPropertiesBuilder Add(in MqttProperty property)
    {
        switch (MqttPropertyRules.TypeOf(property.Id))
        {
            case MqttPropertyType.Pair:
                _raw.Write([(byte)property.Id, (byte)(property.Name.Length >> 8), (byte)property.Name.Length]);
                _raw.Write(property.Name);
                _raw.Write([(byte)(property.Value.Length >> 8), (byte)property.Value.Length]);
                _raw.Write(property.Value);
                return this;

            case MqttPropertyType.Text or MqttPropertyType.Binary:
                _raw.Write([(byte)property.Id, (byte)(property.Value.Length >> 8), (byte)property.Value.Length]);
                _raw.Write(property.Value);
                return this;

            default:
                return AddNumber(property.Id, property.Number);
        }
    }

    /// <summary>Takes what was added so far.</summary>
    public MqttProperties Build() => new(_raw.WrittenSpan.ToArray());

    private static void Require(MqttPropertyId id, MqttPropertyType type)
    {
        if (MqttPropertyRules.TypeOf(id) != type)
        {
            throw new ArgumentException($"{id} is not a {type} property.", nameof(id));
        }
    }

    private void Text(string value, int size)
    {
        _raw.Write([(byte)(size >> 8), (byte)size]);
        MqttUtf8.Write(value, _raw.GetSpan(size));
        _raw.Advance(size);
    }
}
