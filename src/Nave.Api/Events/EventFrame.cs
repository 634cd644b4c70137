using System.Buffers.Binary;
using System.Text;

namespace Nave.Api;

/// <summary>
/// One event of the event stream in its binary form (docs/formats/event-frames.md): length (4 bytes), partition (1), sequence number (8),
/// offset (8), time of arrival (8, Unix milliseconds), and the event as it is stored (docs/formats/events.md). Numbers are little-endian.
/// </summary>
public readonly struct EventFrame
{
    /// <summary>The media type to ask for with <c>Accept</c>.</summary>
    public const string MediaType = "application/vnd.nave.events";

    /// <summary>The bytes before the stored event.</summary>
    public const int HeadBytes = LengthBytes + FixedBytes;

    /// <summary>The longest frame: an event of 256 KiB with its properties, and room.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int LengthBytes = 4;
    private const int FixedBytes = 25;
    private const byte RecordVersion = 1;
    private const byte LiteralAuthMethod = 255;

    private readonly ReadOnlyMemory<byte> _record;
    private readonly Range _device;
    private readonly Range _module;
    private readonly Range _properties;
    private readonly int _body;

    private EventFrame(ReadOnlyMemory<byte> frame, Range device, Range module, Range properties, int body)
    {
        var head = frame.Span;
        Partition = head[LengthBytes];
        SequenceNumber = BinaryPrimitives.ReadInt64LittleEndian(head[5..]);
        Offset = BinaryPrimitives.ReadInt64LittleEndian(head[13..]);
        EnqueuedMilliseconds = BinaryPrimitives.ReadInt64LittleEndian(head[21..]);
        _record = frame[HeadBytes..];
        (_device, _module, _properties, _body) = (device, module, properties, body);
    }

    /// <summary>Gets the partition.</summary>
    public int Partition { get; }

    /// <summary>Gets its place in the partition, from 0.</summary>
    public long SequenceNumber { get; }

    /// <summary>Gets its offset in the partition, opaque.</summary>
    public long Offset { get; }

    /// <summary>Gets when the hub took it, in milliseconds since 1970-01-01T00:00:00Z.</summary>
    public long EnqueuedMilliseconds { get; }

    /// <summary>Gets what made it: 1 telemetry, 2 twin changes, 3 device lifecycle, 4 connection state.</summary>
    public int Source => _record.Span[1];

    /// <summary>Gets the device id, in UTF-8.</summary>
    public ReadOnlySpan<byte> DeviceIdUtf8 => _record.Span[_device];

    /// <summary>Gets from or about whom it is.</summary>
    public IdentityId Device => new(
        Encoding.UTF8.GetString(DeviceIdUtf8), _module.End.Value == _module.Start.Value ? null : Encoding.UTF8.GetString(_record.Span[_module]));

    /// <summary>Gets the system and application properties; valid as long as the frame's bytes.</summary>
    public EventProperties Properties => _properties.End.Value == _properties.Start.Value ? EventProperties.Empty : new(_record[_properties]);

    /// <summary>Gets the body; valid as long as the frame's bytes.</summary>
    public ReadOnlyMemory<byte> Body => _record[_body..];

    /// <summary>Writes what stands before the stored event.</summary>
    /// <param name="target">At least <see cref="HeadBytes"/> long.</param>
    /// <param name="partition">The partition, 0 to 255.</param>
    /// <param name="sequenceNumber">The place in the partition.</param>
    /// <param name="offset">The offset in the partition.</param>
    /// <param name="enqueuedMilliseconds">When the hub took it, in Unix milliseconds.</param>
    /// <param name="recordBytes">The length of the stored event.</param>
    public static void WriteHead(Span<byte> target, int partition, long sequenceNumber, long offset, long enqueuedMilliseconds, int recordBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, FixedBytes + recordBytes);
        target[LengthBytes] = (byte)partition;
        BinaryPrimitives.WriteInt64LittleEndian(target[5..], sequenceNumber);
        BinaryPrimitives.WriteInt64LittleEndian(target[13..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(target[21..], enqueuedMilliseconds);
    }

    /// <summary>Reads a frame.</summary>
    /// <param name="bytes">The bytes from the frame's first on; the frame keeps a slice of them.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="length">How many bytes it has in all; 0 while that is not known.</param>
    /// <returns><see langword="false"/> if more bytes are needed.</returns>
    /// <exception cref="InvalidDataException">It is no frame, or holds an event of a later version.</exception>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out EventFrame frame, out int length)
    {
        frame = default;
        length = 0;
        if (bytes.Length < LengthBytes)
        {
            return false;
        }

        var rest = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        if (rest is < FixedBytes or > MaxBytes - LengthBytes)
        {
            throw new InvalidDataException($"A frame of {rest} bytes is not permitted: {FixedBytes} to {MaxBytes - LengthBytes} are.");
        }

        length = LengthBytes + rest;
        if (bytes.Length < length)
        {
            return false;
        }

        frame = Split(bytes[..length]);
        return true;
    }

    private static EventFrame Split(ReadOnlyMemory<byte> frame)
    {
        var record = frame.Span[HeadBytes..];
        var at = 2;
        if (record.Length < at || record[0] != RecordVersion
            || !TrySkipText(record, ref at, out var device) || !TrySkipText(record, ref at, out var module) || !TrySkipText(record, ref at, out _)
            || at >= record.Length || (record[at++] == LiteralAuthMethod && !TrySkipText(record, ref at, out _))
            || !TrySkipText(record, ref at, out var properties))
        {
            throw new InvalidDataException($"A frame of {frame.Length} bytes does not hold a version {RecordVersion} event: a newer program wrote it, or it is damaged.");
        }

        return new EventFrame(frame, device, module, properties, at);
    }

    private static bool TrySkipText(ReadOnlySpan<byte> record, ref int at, out Range text)
    {
        text = default;
        ulong length = 0;
        for (var shift = 0; at < record.Length && shift < 35; shift += 7)
        {
            var b = record[at++];
            length |= (ulong)(b & 0x7F) << shift;
            if (b >= 0x80)
            {
                continue;
            }

            if (length > (ulong)(record.Length - at))
            {
                return false;
            }

            text = at..(at + (int)length);
            at += (int)length;
            return true;
        }

        return false;
    }
}
