using System.Buffers.Binary;

namespace Nave.Amqp.Wire;

/// <summary>One frame: AMQP 1.0 part 2, 2.3. A view on the bytes it was read from.</summary>
internal readonly ref struct AmqpFrame
{
    public const int HeaderSize = 8;

    /// <summary>What every peer must take: AMQP 1.0 part 2, 2.7.1 (MIN-MAX-FRAME-SIZE).</summary>
    public const int MinMaxSize = 512;

    public const byte AmqpType = 0;
    public const byte SaslType = 1;

    private AmqpFrame(byte type, ushort channel, ReadOnlySpan<byte> body)
    {
        Type = type;
        Channel = channel;
        Body = body;
    }

    public byte Type { get; }

    public ushort Channel { get; }

    /// <summary>Performative and payload; empty in a frame that only shows life.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Slices one frame off the front of a buffer.</summary>
    /// <param name="buffer">What was received; advanced past the frame, unchanged if more bytes are needed.</param>
    /// <param name="maxSize">The largest frame to accept, in bytes.</param>
    /// <param name="needed">How many bytes the frame has in all, 0 if that is not known yet.</param>
    /// <param name="frame">The frame.</param>
    /// <exception cref="AmqpProtocolException">Too large, too small, or a malformed header (amqp:connection:framing-error).</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> buffer, int maxSize, out int needed, out AmqpFrame frame)
    {
        needed = 0;
        frame = default;
        if (buffer.Length < 4)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt32BigEndian(buffer);
        if (size < HeaderSize || size > (uint)maxSize)
        {
            throw AmqpFault.Framing($"A frame of {size} bytes was announced; {HeaderSize} to {maxSize} are permitted.");
        }

        if (buffer.Length < (int)size)
        {
            needed = (int)size;
            return false;
        }

        var offset = buffer[4] * 4;
        if (offset < HeaderSize || offset > (int)size)
        {
            throw AmqpFault.Framing($"The data offset of a frame of {size} bytes is {offset}; {HeaderSize} to {size} are permitted.");
        }

        frame = new AmqpFrame(buffer[5], BinaryPrimitives.ReadUInt16BigEndian(buffer[6..]), buffer[offset..(int)size]);
        buffer = buffer[(int)size..];
        return true;
    }

    /// <summary>Begins a frame in an empty writer.</summary>
    public static void Begin(AmqpWriter writer, byte type, ushort channel)
    {
        writer.Clear();
        var header = writer.Grow(HeaderSize);
        header[4] = HeaderSize / 4;
        header[5] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], channel);
    }

    /// <summary>Sets the size, once everything is written.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="payload">How many bytes follow from elsewhere.</param>
    public static void End(AmqpWriter writer, int payload = 0) =>
        BinaryPrimitives.WriteInt32BigEndian(writer.Patch(0, 4), writer.Length + payload);
}
