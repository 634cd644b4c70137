using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>
/// What a log that was closed in order says of itself: up to here everything is durable. With it, recovery can tell old damage at the end
/// from a commit that a power loss has torn. It stays true when more is appended, so nothing has to take it away.
/// </summary>
internal sealed record LogEndMark(ulong SegmentId, long Number, Guid LogId, SegmentEnd End)
{
    public const int Size = 4096;
    public const ulong Magic = 0x31444E454556414E; // "NAVEEND1"
    public const uint Version = 1;
    private const int MarksAt = 80;
    private const int CrcAt = Size - 4;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(to, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], End.Marks.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], SegmentId);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Number);
        LogId.TryWriteBytes(to[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], End.UsedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(to[56..], End.OutboxSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(to[64..], End.LastCommit);
        for (var i = 0; i < End.Marks.Length; i++)
        {
            End.Marks[i].Write(to[(MarksAt + (i * PartitionMark.Size))..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(to[CrcAt..], Crc32C.Compute(to[..CrcAt]));
    }

    /// <summary>Reads a mark; null if any byte of it is wrong.</summary>
    public static LogEndMark? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length < Size
            || BinaryPrimitives.ReadUInt64LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(from[CrcAt..]) != Crc32C.Compute(from[..CrcAt]))
        {
            return null;
        }

        var partitions = BinaryPrimitives.ReadInt32LittleEndian(from[12..]);
        var used = BinaryPrimitives.ReadInt64LittleEndian(from[48..]);
        if (partitions is < 1 or > SegmentHeader.MaxPartitions || used < SegmentHeader.Size || used % ChunkHeader.Alignment != 0)
        {
            return null;
        }

        var marks = new PartitionMark[partitions];
        for (var i = 0; i < partitions; i++)
        {
            marks[i] = PartitionMark.Read(from[(MarksAt + (i * PartitionMark.Size))..]);
        }

        return new LogEndMark(
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            new Guid(from.Slice(32, 16)),
            new SegmentEnd(used, BinaryPrimitives.ReadInt64LittleEndian(from[56..]), BinaryPrimitives.ReadUInt64LittleEndian(from[64..]), marks));
    }

    /// <summary>Reads the mark of a log; null if there is none, or it is damaged: then recovery does without.</summary>
    public static LogEndMark? TryRead(SegmentFiles files)
    {
        if (!files.Disk.Exists(files.EndMark))
        {
            return null;
        }

        using var file = files.Disk.Open(files.EndMark, DiskOpenMode.Read);
        var page = new byte[Size];
        return file.Read(page, 0) == page.Length ? TryRead(page) : null;
    }

    /// <summary>Writes the mark of a log in place of an earlier one.</summary>
    /// <exception cref="IOException">It cannot be written; an earlier one stays, and stays true.</exception>
    public void Save(SegmentFiles files)
    {
        var temporary = files.Temporary(files.EndMark);
        var page = new byte[Size];
        Write(page);
        using (var file = files.Disk.CreateZeroed(temporary, Size, CancellationToken.None))
        {
            file.Write(page, 0);
            file.SyncData();
        }

        files.Disk.Rename(temporary, files.EndMark);
        files.Disk.SyncDirectory(files.Directory);
    }
}
