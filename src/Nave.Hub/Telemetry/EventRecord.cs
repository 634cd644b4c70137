namespace Nave.Hub.Telemetry;

/// <summary>
/// The stored form of an event, version 1 (docs/formats/events.md): header (<see cref="EventHeader"/>), length of the
/// properties (varint), the properties, and the body up to the end of the record.
/// </summary>
internal static class EventRecord
{
    /// <summary>The version that this code writes, and the only one that it reads.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Writes all but the body.</summary>
    /// <param name="target">At least header and properties and <see cref="Varint.MaxBytes"/> long.</param>
    /// <param name="header">The header.</param>
    /// <param name="properties">The encoded properties.</param>
    /// <returns>The number of bytes written.</returns>
    public static int WriteHead(Span<byte> target, ReadOnlySpan<byte> header, ReadOnlySpan<byte> properties)
    {
        header.CopyTo(target);
        var count = header.Length;
        count += Varint.Write(target[count..], (uint)properties.Length);
        properties.CopyTo(target[count..]);
        return count + properties.Length;
    }

    /// <summary>Encodes a whole record.</summary>
    public static byte[] Encode(EventHeader header, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body)
    {
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        var lengthBytes = Varint.Write(length, (uint)properties.Length);
        var record = new byte[header.Bytes.Length + lengthBytes + properties.Length + body.Length];
        var count = WriteHead(record, header.Bytes, properties);
        body.CopyTo(record.AsSpan(count));
        return record;
    }

    /// <summary>Returns what to throw for a record that this code cannot read.</summary>
    public static InvalidDataException Unknown(int partition, long sequenceNumber) =>
        new($"Event {sequenceNumber} of partition {partition} is not a version {FormatVersion} record: a newer program wrote it, or it is damaged.");

    /// <summary>Finds the parts of a record.</summary>
    /// <returns><see langword="false"/> if the bytes are not a record of a version that this code knows.</returns>
    public static bool TrySplit(ReadOnlySpan<byte> record, out int headerLength, out Range properties, out int bodyStart)
    {
        headerLength = 0;
        properties = default;
        bodyStart = 0;
        var rest = record;
        if (rest.Length < 2 || rest[0] != FormatVersion)
        {
            return false;
        }

        rest = rest[2..];
        if (!Varint.TryReadBytes(ref rest, out _) || !Varint.TryReadBytes(ref rest, out _) || !Varint.TryReadBytes(ref rest, out _) || rest.IsEmpty)
        {
            return false;
        }

        var code = rest[0];
        rest = rest[1..];
        if (code == AuthMethodCodes.Literal && !Varint.TryReadBytes(ref rest, out _))
        {
            return false;
        }

        headerLength = record.Length - rest.Length;
        if (!Varint.TryReadBytes(ref rest, out var bytes))
        {
            return false;
        }

        bodyStart = record.Length - rest.Length;
        properties = (bodyStart - bytes.Length)..bodyStart;
        return true;
    }
}
