using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>The first 4 KiB of a segment: who it is, and where each partition stood when it began.</summary>
internal sealed record SegmentHeader(
    ulong SegmentId, long Number, Guid LogId, long CreatedMs, long OutboxSequence, ulong FirstCommit, PartitionMark[] Base)
{
    public const int Size = 4096;
    public const int MaxPartitions = 32;
    public const ulong Magic = 0x314745534556414E; // "NAVESEG1"
    public const uint Version = 1;
    private const int MarksAt = 80;
    private const int CrcAt = Size - 4;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(to, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], Base.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], SegmentId);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Number);
        LogId.TryWriteBytes(to[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], CreatedMs);
        BinaryPrimitives.WriteInt64LittleEndian(to[56..], OutboxSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(to[64..], FirstCommit);
        for (var i = 0; i < Base.Length; i++)
        {
            Base[i].Write(to[(MarksAt + (i * PartitionMark.Size))..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(to[CrcAt..], Crc32C.Compute(to[..CrcAt]));
    }

    /// <summary>Reads a header; null if any byte of it is wrong.</summary>
    public static SegmentHeader? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length < Size
            || BinaryPrimitives.ReadUInt64LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(from[CrcAt..]) != Crc32C.Compute(from[..CrcAt]))
        {
            return null;
        }

        var partitions = BinaryPrimitives.ReadInt32LittleEndian(from[12..]);
        if (partitions is < 1 or > MaxPartitions)
        {
            return null;
        }

        var marks = new PartitionMark[partitions];
        for (var i = 0; i < partitions; i++)
        {
            marks[i] = PartitionMark.Read(from[(MarksAt + (i * PartitionMark.Size))..]);
        }

        return new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            new Guid(from.Slice(32, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[64..]),
            marks);
    }
}
