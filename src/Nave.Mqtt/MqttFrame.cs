using System.Buffers;

namespace Nave.Mqtt;

/// <summary>One control packet: fixed header and the still encoded body. Valid as long as the buffer it was read from.</summary>
public readonly ref struct MqttFrame
{
    /// <summary>The largest packet that the protocol can express, fixed header included, in bytes.</summary>
    public const int MaxPacketSize = MaxRemainingLength + MaxHeaderLength;

    internal const int MaxRemainingLength = 268_435_455;
    private const int MaxHeaderLength = 1 + MaxLengthBytes;
    private const int MaxLengthBytes = 4;
    private const byte AnyFlags = 0xFF;

    private MqttFrame(byte header, ReadOnlySpan<byte> body)
    {
        Header = header;
        Body = body;
    }

    /// <summary>Gets the first byte: packet type (4 bits) and flags (4 bits).</summary>
    public byte Header { get; }

    /// <summary>Gets the bytes after the fixed header.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Gets the packet type; never 0.</summary>
    public MqttPacketType Type => (MqttPacketType)(Header >> 4);

    // The flags that each type must have: MQTT 3.1.1 §2.2.2 and 5.0 §2.1.3. PUBLISH has its own; type 0 is refused before.
    private static ReadOnlySpan<byte> RequiredFlags => [0, 0, 0, AnyFlags, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];

    /// <summary>Slices one packet off the front of a flat buffer.</summary>
    /// <param name="buffer">What was received; advanced past the packet, unchanged if more bytes are needed.</param>
    /// <param name="maxPacketSize">The largest packet to accept, fixed header included, in bytes; from 2.</param>
    /// <param name="frame">The packet, a view on <paramref name="buffer"/>.</param>
    /// <returns><see langword="false"/> if more bytes are needed.</returns>
    /// <exception cref="MqttProtocolException">Reserved type or flags, malformed length, or larger than the limit.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> buffer, int maxPacketSize, out MqttFrame frame)
    {
        if (!TryReadHeader(buffer, maxPacketSize, out var headerLength, out var packetLength) || buffer.Length < packetLength)
        {
            frame = default;
            return false;
        }

        frame = new MqttFrame(buffer[0], buffer[headerLength..packetLength]);
        buffer = buffer[packetLength..];
        return true;
    }

    /// <summary>Slices one packet off the front of a pipe's buffer. A body that crosses segments is copied into an array of its own.</summary>
    /// <param name="buffer">What was received; advanced past the packet, unchanged if more bytes are needed.</param>
    /// <param name="maxPacketSize">The largest packet to accept, fixed header included, in bytes; from 2.</param>
    /// <param name="frame">The packet; valid until the pipe is advanced.</param>
    /// <returns><see langword="false"/> if more bytes are needed.</returns>
    /// <exception cref="MqttProtocolException">Reserved type or flags, malformed length, or larger than the limit.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxPacketSize, out MqttFrame frame)
    {
        scoped var start = buffer.FirstSpan;
        Span<byte> copy = stackalloc byte[MaxHeaderLength];
        if (start.Length < MaxHeaderLength && !buffer.IsSingleSegment)
        {
            var head = buffer.Slice(0, Math.Min(buffer.Length, MaxHeaderLength));
            head.CopyTo(copy);
            start = copy[..(int)head.Length];
        }

        if (!TryReadHeader(start, maxPacketSize, out var headerLength, out var packetLength) || buffer.Length < packetLength)
        {
            frame = default;
            return false;
        }

        var body = buffer.Slice(headerLength, packetLength - headerLength);
        frame = new MqttFrame(start[0], body.IsSingleSegment ? body.FirstSpan : body.ToArray());
        buffer = buffer.Slice(packetLength);
        return true;
    }

    /// <summary>Reads the fixed header: how long will the packet be? The core of both readers; lets a caller grow a flat buffer once.</summary>
    /// <param name="start">The first bytes of the packet, five are always enough.</param>
    /// <param name="maxPacketSize">The largest packet to accept, fixed header included, in bytes; from 2.</param>
    /// <param name="headerLength">Bytes in the fixed header, 2 to 5.</param>
    /// <param name="packetLength">Bytes in the packet, fixed header included.</param>
    /// <returns><see langword="false"/> if more bytes are needed.</returns>
    /// <exception cref="MqttProtocolException">Reserved type or flags, malformed length, or larger than the limit.</exception>
    public static bool TryReadHeader(ReadOnlySpan<byte> start, int maxPacketSize, out int headerLength, out int packetLength)
    {
        headerLength = 0;
        packetLength = 0;
        if (start.IsEmpty)
        {
            return false;
        }

        var header = start[0];
        var required = RequiredFlags[header >> 4];
        if (header < 0x10 || (required != AnyFlags && (header & 0x0F) != required))
        {
            throw ReservedHeader(header);
        }

        // MQTT 5.0 §2.1.4: Remaining Length is a Variable Byte Integer of 1 to 4 bytes, and §1.5.5 the shortest form of it.
        var length = 0;
        for (var i = 0; i < MaxLengthBytes; i++)
        {
            if (start.Length <= i + 1)
            {
                return false;
            }

            var digit = start[i + 1];
            length |= (digit & 0x7F) << (7 * i);
            if (digit < 0x80)
            {
                if (digit == 0 && i > 0)
                {
                    throw MqttError.Malformed($"Remaining Length {length} is written in {i + 1} bytes; the shortest form is required.");
                }

                headerLength = i + 2;
                packetLength = headerLength + length;

                // Before the body is awaited: an unauthenticated peer must not make the buffer grow.
                return packetLength <= maxPacketSize ? true : throw TooLarge(packetLength, maxPacketSize);
            }
        }

        throw MqttError.Malformed("Remaining Length is longer than 4 bytes; 1 to 4 are permitted.");
    }

    internal void Expect(MqttPacketType type)
    {
        if (Type != type)
        {
            throw new InvalidOperationException($"The frame holds {MqttError.Name(Type)}, not {MqttError.Name(type)}.");
        }
    }

    private static MqttProtocolException ReservedHeader(byte header) => MqttError.Malformed(
        header < 0x10
            ? "Packet type is 0; 1 to 15 are permitted."
            : $"{MqttError.Name((MqttPacketType)(header >> 4))} has flags 0x{header & 0x0F:X}; 0x{RequiredFlags[header >> 4]:X} is required.");

    private static MqttProtocolException TooLarge(int length, int limit) =>
        new(MqttReason.PacketTooLarge, $"Packet of {length} bytes exceeds the limit of {limit}.");
}
