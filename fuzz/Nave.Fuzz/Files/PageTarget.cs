using System.Buffers.Binary;
using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>
/// A page of the event log that begins with numbers, goes on with a mark for each partition, and ends with a checksum. An input is its
/// beginning; the rest is zero, and the checksum is right unless the last bit of the input says no.
/// </summary>
/// <param name="name">The name on the command line.</param>
/// <param name="size">The bytes of the page.</param>
/// <param name="write">Writes a page with that many partitions.</param>
internal abstract class PageTarget(string name, int size, Action<int, Memory<byte>> write)
    : FuzzTarget(name, [Seed(1, size, write), Seed(4, size, write), Seed(SegmentHeader.MaxPartitions, size, write)])
{
    // What stands before the marks.
    private const int HeadBytes = 80;

    /// <summary>The page twice, and up to 32 marks of 40 bytes.</summary>
    /// <inheritdoc/>
    public sealed override long AllocationLimit(int length) => 4096 + (2 * size);

    /// <summary>Makes the whole page of an input.</summary>
    protected byte[] Page(byte[] input)
    {
        var page = new byte[size];
        input.AsSpan(0, Math.Min(input.Length, page.Length - 4)).CopyTo(page);
        var crc = Crc32C.Compute(page.AsSpan(0, page.Length - 4)) ^ (input.Length > 0 ? (uint)(input[^1] >> 7) : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(page.Length - 4), crc);
        return page;
    }

    /// <summary>Makes the marks of a log that is empty.</summary>
    protected static PartitionMark[] Marks(int partitions)
    {
        var marks = new PartitionMark[partitions];
        Array.Fill(marks, PartitionMark.Start);
        return marks;
    }

    private static byte[] Seed(int partitions, int size, Action<int, Memory<byte>> write)
    {
        var page = new byte[size];
        write(partitions, page);
        return [.. page.AsSpan(0, HeadBytes + (partitions * PartitionMark.Size)), 0];
    }
}
