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

    /// <summary>Reads the header of a file; null if any byte of it is wrong.</summary>
    public static SegmentHeader? TryRead(IDiskFile file)
    {
        var page = new byte[Size];
        return file.Read(page, 0) == page.Length ? TryRead(page) : null;
    }

    /// <summary>Makes a damaged header again from the end of the segment before and the chunks themselves; it does not know its log.</summary>
    public static SegmentHeader Rebuild(long number, SegmentScan scan, SegmentEnd? before, int partitions)
    {
        var marks = new PartitionMark[partitions];
        Array.Fill(marks, PartitionMark.Start);
        if (before is not null)
        {
            Array.Copy(before.Marks, marks, Math.Min(before.Marks.Length, partitions));
        }
        else
        {
            foreach (var chunk in scan.Chunks.DistinctBy(chunk => chunk.Header.Partition))
            {
                marks[chunk.Header.Partition] = PartitionMark.Start with { NextSequence = chunk.Header.BaseSequence, NextOffset = chunk.Header.BaseOffset };
            }
        }

        var commit = scan.Chunks.Count > 0 ? scan.Chunks[0].Header.Commit : (before?.LastCommit ?? 0) + 1;
        return new SegmentHeader(scan.SegmentId ?? 0, number, Guid.Empty, 0, before?.OutboxSequence ?? 0, commit, marks);
    }

    /// <summary>Says where sequence numbers are missing between the segment before and this one.</summary>
    public IEnumerable<string> GapsAfter(SegmentEnd? before)
    {
        for (var p = 0; before is not null && p < Math.Min(Base.Length, before.Marks.Length); p++)
        {
            if (Base[p].NextSequence != before.Marks[p].NextSequence)
            {
                yield return $"partition {p} goes on with sequence number {Base[p].NextSequence}, but the segment before ends with {before.Marks[p].NextSequence - 1}";
            }
        }
    }
}
