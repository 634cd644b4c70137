using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>
/// The index file of a sealed segment: one page that says where the segment begins and ends, then the place of every
/// chunk. It only saves a scan: a missing or damaged one is built again from the segment.
/// </summary>
internal static class SegmentIndexFile
{
    public const int PageBytes = 4096;
    private const ulong Magic = 0x315844494556414E; // "NAVEIDX1"
    private const uint Version = 1;
    private const int CountsAt = 128;
    private const int BaseAt = CountsAt + (SegmentHeader.MaxPartitions * 4);
    private const int EndAt = BaseAt + (SegmentHeader.MaxPartitions * PartitionMark.Size);
    private const int CrcAt = PageBytes - 4;

    public static byte[] Encode(Segment segment, SegmentIndex index)
    {
        var header = segment.Header;
        var end = segment.End!;
        var total = 0;
        for (var p = 0; p < index.Partitions; p++)
        {
            total += index[p].Count;
        }

        var file = new byte[PageBytes + (total * ChunkEntry.Size) + 4];
        var page = file.AsSpan(0, PageBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(page[12..], index.Partitions);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], header.SegmentId);
        BinaryPrimitives.WriteInt64LittleEndian(page[24..], header.Number);
        header.LogId.TryWriteBytes(page[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[48..], header.CreatedMs);
        BinaryPrimitives.WriteInt64LittleEndian(page[56..], header.OutboxSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(page[64..], header.FirstCommit);
        BinaryPrimitives.WriteInt64LittleEndian(page[72..], end.UsedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(page[80..], end.OutboxSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(page[88..], end.LastCommit);
        var at = PageBytes;
        for (var p = 0; p < index.Partitions; p++)
        {
            var entries = index[p].Snapshot();
            BinaryPrimitives.WriteInt32LittleEndian(page[(CountsAt + (p * 4))..], entries.Length);
            header.Base[p].Write(page[(BaseAt + (p * PartitionMark.Size))..]);
            end.Marks[p].Write(page[(EndAt + (p * PartitionMark.Size))..]);
            foreach (ref readonly var entry in entries)
            {
                entry.Write(file.AsSpan(at));
                at += ChunkEntry.Size;
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(page[CrcAt..], Crc32C.Compute(page[..CrcAt]));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), Crc32C.Compute(file.AsSpan(PageBytes, at - PageBytes)));
        return file;
    }

    /// <summary>Reads the first page; null if it is damaged.</summary>
    /// <param name="page">At least <see cref="PageBytes"/> bytes.</param>
    /// <param name="segmentFileBytes">The length of the segment's file.</param>
    public static Segment? TryReadPage(ReadOnlySpan<byte> page, long segmentFileBytes)
    {
        if (page.Length < PageBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(page) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(page[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(page[CrcAt..]) != Crc32C.Compute(page[..CrcAt]))
        {
            return null;
        }

        var partitions = BinaryPrimitives.ReadInt32LittleEndian(page[12..]);
        var used = BinaryPrimitives.ReadInt64LittleEndian(page[72..]);
        if (partitions is < 1 or > SegmentHeader.MaxPartitions || used < SegmentHeader.Size || used > segmentFileBytes)
        {
            return null;
        }

        var first = new PartitionMark[partitions];
        var last = new PartitionMark[partitions];
        for (var p = 0; p < partitions; p++)
        {
            first[p] = PartitionMark.Read(page[(BaseAt + (p * PartitionMark.Size))..]);
            last[p] = PartitionMark.Read(page[(EndAt + (p * PartitionMark.Size))..]);
        }

        var header = new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(page[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[24..]),
            new Guid(page.Slice(32, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(page[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(page[64..]),
            first);
        return new Segment(header, segmentFileBytes)
        {
            End = new SegmentEnd(
                used,
                BinaryPrimitives.ReadInt64LittleEndian(page[80..]),
                BinaryPrimitives.ReadUInt64LittleEndian(page[88..]),
                last),
        };
    }

    /// <summary>Reads the entries; null if the file is damaged.</summary>
    /// <param name="file">The whole file, whose page <see cref="TryReadPage"/> has accepted.</param>
    public static SegmentIndex? TryReadEntries(ReadOnlySpan<byte> file)
    {
        var partitions = BinaryPrimitives.ReadInt32LittleEndian(file[12..]);
        Span<int> counts = stackalloc int[partitions];
        var total = 0L;
        for (var p = 0; p < partitions; p++)
        {
            counts[p] = BinaryPrimitives.ReadInt32LittleEndian(file[(CountsAt + (p * 4))..]);
            if (counts[p] < 0)
            {
                return null;
            }

            total += counts[p];
        }

        if (file.Length != PageBytes + (total * ChunkEntry.Size) + 4)
        {
            return null;
        }

        var entries = file[PageBytes..^4];
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[^4..]) != Crc32C.Compute(entries))
        {
            return null;
        }

        var index = new SegmentIndex(partitions);
        for (var p = 0; p < partitions; p++)
        {
            for (var i = 0; i < counts[p]; i++)
            {
                index[p].Add(ChunkEntry.Read(entries));
                entries = entries[ChunkEntry.Size..];
            }
        }

        return index;
    }

    /// <summary>Writes the file so that it is there whole or not at all.</summary>
    public static void Save(SegmentFiles files, Segment segment, SegmentIndex index)
    {
        var path = files.Index(segment.Number);
        var temporary = files.Temporary(path);
        using (var file = files.Disk.Open(temporary, DiskOpenMode.Create))
        {
            file.Write(Encode(segment, index), 0);
            file.SyncData();
        }

        files.Disk.Rename(temporary, path);
        files.Disk.SyncDirectory(files.Directory);
    }
}
