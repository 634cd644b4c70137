using System.Buffers;
using System.Text;
using Nave.Mqtt;
using Nave.Server.Connections;

namespace Nave.Server.Mqtt;

/// <summary>Two buffers a thread to compose packets in; they are used up before the thread does anything else.</summary>
internal static class PacketScratch
{
    private const int KeptBytes = 128 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_packet;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_topic;

    /// <summary>Gets the empty buffer for a packet.</summary>
    public static ArrayBufferWriter<byte> Packet => Empty(ref s_packet);

    /// <summary>Gets the empty buffer for a topic.</summary>
    public static ArrayBufferWriter<byte> Topic => Empty(ref s_topic);

    /// <summary>Sends a message with QoS 0.</summary>
    public static bool Publish(Connection connection, MqttVersion version, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        var packet = Packet;
        new MqttPublish { Topic = topic, Payload = payload }.Encode(packet, version, MqttSender.Server);
        return connection.Send(packet.WrittenSpan);
    }

    /// <summary>Appends text.</summary>
    public static ArrayBufferWriter<byte> Add(this ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> text)
    {
        buffer.Write(text);
        return buffer;
    }

    /// <summary>Appends text.</summary>
    public static ArrayBufferWriter<byte> Add(this ArrayBufferWriter<byte> buffer, string text)
    {
        Encoding.UTF8.GetBytes(text, buffer);
        return buffer;
    }

    /// <summary>Appends a number.</summary>
    public static ArrayBufferWriter<byte> Add(this ArrayBufferWriter<byte> buffer, long number)
    {
        var span = buffer.GetSpan(20);
        System.Buffers.Text.Utf8Formatter.TryFormat(number, span, out var length);
        buffer.Advance(length);
        return buffer;
    }

    private static ArrayBufferWriter<byte> Empty(ref ArrayBufferWriter<byte>? buffer)
    {
        // One large message must not keep its buffer for ever.
        if (buffer is null || buffer.Capacity > KeptBytes)
        {
            buffer = new ArrayBufferWriter<byte>(512);
        }

        buffer.ResetWrittenCount();
        return buffer;
    }
}
