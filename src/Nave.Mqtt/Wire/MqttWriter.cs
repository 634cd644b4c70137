using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Nave.Mqtt;

/// <summary>Writes one packet whose exact size is known into the output's own memory.</summary>
internal ref struct MqttWriter
{
    private readonly Span<byte> _packet;
    private int _at;

    private MqttWriter(Span<byte> packet) => _packet = packet;

    public static MqttWriter Begin(IBufferWriter<byte> output, int header, int bodySize)
    {
        ArgumentNullException.ThrowIfNull(output);
        var size = PacketSize(bodySize);
        var writer = new MqttWriter(output.GetSpan(size)[..size]);
        writer.Byte((byte)header);
        writer.VarInt(bodySize);
        return writer;
    }

    /// <summary>Bytes of the packet with its fixed header.</summary>
    /// <exception cref="ArgumentException">The body is larger than the protocol can express.</exception>
    public static int PacketSize(int bodySize) => bodySize is >= 0 and <= MqttFrame.MaxRemainingLength
        ? 1 + VarIntSize(bodySize) + bodySize
        : throw new ArgumentException($"The packet's body has {bodySize} bytes; 0 to {MqttFrame.MaxRemainingLength} are permitted.", nameof(bodySize));

    public static int VarIntSize(int value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        _ => 4,
    };

    /// <summary>Bytes of a property section with its length; 0 before MQTT 5.</summary>
    public static int PropertiesSize(MqttVersion version, ReadOnlySpan<byte> properties) =>
        version == MqttVersion.V5 ? VarIntSize(properties.Length) + properties.Length : 0;

    public readonly void End(IBufferWriter<byte> output)
    {
        Debug.Assert(_at == _packet.Length, "The size of a packet is computed exactly before it is written.");
        output.Advance(_at);
    }

    public void Byte(byte value) => _packet[_at++] = value;

    public void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_packet[_at..], value);
        _at += 2;
    }

    public void VarInt(int value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_packet[_at..]);
        _at += bytes.Length;
    }

    public void Binary(ReadOnlySpan<byte> bytes)
    {
        UInt16((ushort)bytes.Length);
        Raw(bytes);
    }

    public void Text(string text)
    {
        var size = MqttUtf8.Write(text, _packet[(_at + 2)..]);
        UInt16((ushort)size);
        _at += size;
    }

    public void Properties(MqttVersion version, ReadOnlySpan<byte> properties)
    {
        if (version == MqttVersion.V5)
        {
            VarInt(properties.Length);
            Raw(properties);
        }
    }
}
