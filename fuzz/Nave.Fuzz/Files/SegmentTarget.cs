using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>
/// The chunks of an event log segment. The first byte of an input says whether the header is known and whether checksums
/// are put right first, so that what lies behind them is reached; the rest is what follows the header.
/// </summary>
internal sealed class SegmentTarget : IFuzzTarget
{
    private const ulong SegmentId = 0x1122334455667788;
    private const int Partitions = 4;
    private const int KnownBit = 0x01;
    private const int RepairBit = 0x02;

    /// <inheritdoc/>
    public string Name => "log-segment";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. Enumerable.Range(0, 4).Select(mode => (byte[])[(byte)mode, .. Chunks([(0, 1, 1), (1, 2, 1)])]),
        .. Enumerable.Range(0, 4).Select(mode => (byte[])[(byte)mode, .. Chunks([(0, 3, 1), (2, 1, 2), (0, 2, 3), (3, 1, 3)])]),
    ];

    /// <summary>The file itself, the window on it, what was met (a chunk of one record has 80 bytes in the file) and an index.</summary>
    /// <inheritdoc/>
    public long AllocationLimit(int length) => (16 << 10) + (4 * SegmentHeader.Size) + (16L * length);

    /// <inheritdoc/>
    public bool Execute(byte[] input) => input.Length > 0 && Scan(input).Chunks.Count > 0;

    /// <inheritdoc/>
    public void Verify(byte[] input)
    {
        var scan = Scan(input);
        for (var cut = 0; cut < 2; cut++)
        {
            var position = (long)SegmentHeader.Size;
            var next = new long[SegmentHeader.MaxPartitions];
            foreach (var chunk in scan.Chunks)
            {
                Check(chunk.Position >= position && chunk.Position % ChunkHeader.Alignment == 0, "chunks overlap or are not aligned");
                Check(chunk.EndPosition <= SegmentHeader.Size + input.Length - 1, "a chunk goes beyond the file");
                Check(chunk.Header.BaseSequence >= next[chunk.Header.Partition], "a sequence number comes twice");
                Check(chunk.LastRecordOffset >= chunk.Header.BaseOffset, "the last record lies before its chunk");
                next[chunk.Header.Partition] = chunk.Header.BaseSequence + chunk.Header.RecordCount;
                position = chunk.EndPosition;
            }

            Check(scan.EndPosition >= position, "the end lies before the last chunk");
            scan.CutTornCommit(mark: null);
        }

        var header = SegmentHeader.Rebuild(1, scan, null, SegmentHeader.MaxPartitions);
        var (end, index) = scan.Summarize(header);
        Check(end.UsedBytes == scan.EndPosition, "the summary ends elsewhere");
        Check(Enumerable.Range(0, index.Partitions).Sum(p => index[p].Count) == scan.Chunks.Count, "the index has not every chunk");
    }

    private static void Check(bool good, string problem)
    {
        if (!good)
        {
            throw new InvalidOperationException(problem);
        }
    }

    private static SegmentScan Scan(byte[] input)
    {
        var file = new byte[SegmentHeader.Size + input.Length - 1];
        input.AsSpan(1).CopyTo(file.AsSpan(SegmentHeader.Size));
        if ((input[0] & RepairBit) != 0)
        {
            for (var at = SegmentHeader.Size; at + ChunkHeader.Size <= file.Length; at += ChunkHeader.Alignment)
            {
                Repair(file.AsSpan(at));
            }
        }

        var marks = new PartitionMark[Partitions];
        Array.Fill(marks, PartitionMark.Start);
        var header = new SegmentHeader(SegmentId, 1, Guid.Empty, 0, 0, 1, marks);
        return SegmentScan.Run(new MemoryFile(file), (input[0] & KnownBit) != 0 ? header : null);
    }

    private static void Repair(Span<byte> chunk)
    {
        if (ChunkHeader.TryRead(chunk, out var header) && header.TotalBytes <= chunk.Length)
        {
            var again = new byte[ChunkHeader.Size];
            ChunkHeader.WriteCrc(chunk, Crc32C.Append(header.Write(again), chunk[ChunkHeader.Size..header.TotalBytes]));
        }
    }

    /// <summary>Makes chunks: partition, number of records, commit.</summary>
    private static byte[] Chunks(ReadOnlySpan<(int Partition, int Records, ulong Commit)> chunks)
    {
        var bytes = new List<byte>();
        var marks = new PartitionMark[Partitions];
        Array.Fill(marks, PartitionMark.Start);
        var (commit, start) = (0ul, 0u);
        foreach (var chunk in chunks)
        {
            if (chunk.Commit != commit)
            {
                (commit, start) = (chunk.Commit, (uint)(SegmentHeader.Size + bytes.Count));
            }

            var payload = Enumerable.Range(0, chunk.Records).SelectMany(i => (byte[])[(byte)(i + 1), 0, 0, 0, .. new byte[i + 1]]).ToArray();
            ref var mark = ref marks[chunk.Partition];
            var header = new ChunkHeader(
                SegmentId, chunk.Partition, mark.NextSequence, mark.NextOffset, chunk.Records, payload.Length, 1_767_225_600_000, 0, commit, start);
            mark = mark.After(header, mark.NextOffset);
            var whole = new byte[header.TotalBytes];
            payload.CopyTo(whole, ChunkHeader.Size);
            ChunkHeader.WriteCrc(whole, Crc32C.Append(header.Write(whole), whole.AsSpan(ChunkHeader.Size)));
            bytes.AddRange(whole);
        }

        return [.. bytes];
    }
}
