using System.Buffers.Binary;
using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>The mark of the end of a log. An input is its beginning; the rest is zero, and the checksum is right unless the last bit of the input says no.</summary>
internal sealed class EndMarkTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "log-end";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds { get; } = [Seed(1), Seed(4), Seed(SegmentHeader.MaxPartitions)];

    /// <summary>The page twice, and up to 32 marks of 40 bytes.</summary>
    /// <inheritdoc/>
    public long AllocationLimit(int length) => 4096 + (2 * LogEndMark.Size);

    /// <inheritdoc/>
    public bool Execute(byte[] input) => LogEndMark.TryRead(Page(input)) is not null;

    /// <inheritdoc/>
    public void Verify(byte[] input)
    {
        // What the format gives no meaning to may differ; everything else is written as it was read.
        var read = LogEndMark.TryRead(Page(input))!;
        var again = new byte[LogEndMark.Size];
        read.Write(again);
        var reread = LogEndMark.TryRead(again);
        if (reread is null || reread with { End = read.End } != read || reread.End with { Marks = read.End.Marks } != read.End
            || !reread.End.Marks.AsSpan().SequenceEqual(read.End.Marks))
        {
            throw new InvalidOperationException("A mark is not read as it was written.");
        }
    }

    private static byte[] Page(byte[] input)
    {
        var page = new byte[LogEndMark.Size];
        input.AsSpan(0, Math.Min(input.Length, page.Length - 4)).CopyTo(page);
        var crc = Crc32C.Compute(page.AsSpan(0, page.Length - 4)) ^ (input.Length > 0 ? (uint)(input[^1] >> 7) : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(page.Length - 4), crc);
        return page;
    }

    private static byte[] Seed(int partitions)
    {
        var marks = new PartitionMark[partitions];
        Array.Fill(marks, PartitionMark.Start);
        var page = new byte[LogEndMark.Size];
        new LogEndMark(7, 1, Guid.Empty, new SegmentEnd(4096, 2, 3, marks)).Write(page);
        return [.. page.AsSpan(0, 80 + (partitions * PartitionMark.Size)), 0];
    }
}
