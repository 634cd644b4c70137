using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>
/// What stands before the records of a chunk: the records of one partition in one commit. All numbers are little-endian;
/// docs/formats/event-log.md has the byte table.
/// </summary>
internal readonly record struct ChunkHeader(
    ulong SegmentId,
    int Partition,
    long BaseSequence,
    long BaseOffset,
    int RecordCount,
    int PayloadBytes,
    long EnqueuedMs,
    long OutboxSequence,
    ulong Commit,
    uint CommitStart)
{
    public const int Size = 72;
    public const int Alignment = 8;
    public const uint Magic = 0x4B43564E; // "NVCK"
    public const byte Version = 1;
    public const int RecordPrefix = 4;
    private const int CrcAt = 68;

    /// <summary>Gets the bytes that the chunk takes in the file: header, payload and padding.</summary>
    public int TotalBytes => TotalFor(PayloadBytes);

    public static int TotalFor(int payloadBytes) => (Size + payloadBytes + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Writes the header without its checksum, and returns the running checksum to which the payload has to be added.</summary>
    public uint Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Magic);
        to[4] = Version;
        to[5] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], (ushort)Partition);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], SegmentId);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], BaseSequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], BaseOffset);
        BinaryPrimitives.WriteInt32LittleEndian(to[32..], RecordCount);
        BinaryPrimitives.WriteInt32LittleEndian(to[36..], PayloadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], EnqueuedMs);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], OutboxSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(to[56..], Commit);
        BinaryPrimitives.WriteUInt32LittleEndian(to[64..], CommitStart);
        return Crc32C.Append(Crc32C.Start, to[..CrcAt]);
    }

    public static void WriteCrc(Span<byte> header, uint runningCrc) =>
        BinaryPrimitives.WriteUInt32LittleEndian(header[CrcAt..], Crc32C.Finish(runningCrc));

    /// <summary>Reads the fields; false if magic, version or a count cannot be right. The checksum is not looked at.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out ChunkHeader header)
    {
        header = default;
        if (from.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(from) != Magic || from[4] != Version || from[5] != 0)
        {
            return false;
        }

        header = new ChunkHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(from[6..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[36..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[56..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[64..]));
        return header.Partition < SegmentHeader.MaxPartitions && header.BaseSequence >= 0 && header.BaseOffset >= 0 && header.RecordCount > 0
            && header.PayloadBytes <= int.MaxValue - Size - Alignment
            && header.PayloadBytes >= (long)header.RecordCount * RecordPrefix;
    }

    /// <summary>Checks a whole chunk, padding included, against its checksum.</summary>
    public static bool HasGoodCrc(ReadOnlySpan<byte> chunk)
    {
        var crc = Crc32C.Append(Crc32C.Append(Crc32C.Start, chunk[..CrcAt]), chunk[Size..]);
        return Crc32C.Finish(crc) == BinaryPrimitives.ReadUInt32LittleEndian(chunk[CrcAt..]);
    }
}
