using System.Buffers.Binary;
using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>
/// The index of a segment. An input is a first byte that says whether checksums are put right first, the first 640 bytes
/// of the page (the rest of it is zero: what all logs of up to nine partitions have there), then the entries.
/// </summary>
internal sealed class IndexTarget : IFuzzTarget
{
    private const int HeadBytes = 640;
    private const long SegmentBytes = 64 << 20;

    /// <inheritdoc/>
    public string Name => "log-index";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = [Seed(1, 0), Seed(1, 3), Seed(4, 9)];

    /// <summary>The file, a mark or two for each partition, a list for each, and the entries in arrays that double.</summary>
    /// <inheritdoc/>
    public long AllocationLimit(int length) => (16 << 10) + SegmentIndexFile.PageBytes + (8L * length);

    /// <inheritdoc/>
    public bool Execute(byte[] input) => TryRead(input, out _);

    /// <inheritdoc/>
    public void Verify(byte[] input)
    {
        TryRead(input, out var index);
        var total = Enumerable.Range(0, index!.Partitions).Sum(p => index[p].Count);
        if (total != (input.Length - 1 - HeadBytes) / ChunkEntry.Size)
        {
            throw new InvalidOperationException($"{total} entries were read from {input.Length} bytes.");
        }
    }

    private static bool TryRead(byte[] input, out SegmentIndex? index)
    {
        index = null;
        if (input.Length < 1 + HeadBytes)
        {
            return false;
        }

        var entries = input.AsSpan(1 + HeadBytes);
        var file = new byte[SegmentIndexFile.PageBytes + entries.Length + 4];
        input.AsSpan(1, HeadBytes).CopyTo(file);
        entries.CopyTo(file.AsSpan(SegmentIndexFile.PageBytes));
        var pageCrc = Crc32C.Compute(file.AsSpan(0, SegmentIndexFile.PageBytes - 4)) ^ (input[0] >> 7);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(SegmentIndexFile.PageBytes - 4), (uint)pageCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - 4), Crc32C.Compute(entries));
        if (SegmentIndexFile.TryReadPage(file, SegmentBytes) is null)
        {
            return false;
        }

        index = SegmentIndexFile.TryReadEntries(file);
        return index is not null;
    }

    private static byte[] Seed(int partitions, int chunks)
    {
        var marks = new PartitionMark[partitions];
        Array.Fill(marks, PartitionMark.Start);
        var index = new SegmentIndex(partitions);
        for (var i = 0; i < chunks; i++)
        {
            index[i % partitions].Add(new ChunkEntry(i, i * 13, 1_767_225_600_000, (uint)(4096 + (88 * i)), 13));
        }

        var segment = new Segment(new SegmentHeader(7, 1, Guid.Empty, 0, 0, 1, marks), SegmentBytes) { End = new SegmentEnd(1 << 20, 0, 1, marks) };
        var file = SegmentIndexFile.Encode(segment, index);
        return [0, .. file.AsSpan(0, HeadBytes), .. file.AsSpan(SegmentIndexFile.PageBytes, chunks * ChunkEntry.Size)];
    }
}
