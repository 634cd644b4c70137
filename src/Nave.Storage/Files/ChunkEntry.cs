using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>Where one chunk of a partition is in its segment.</summary>
/// <param name="Sequence">Its first sequence number.</param>
/// <param name="Offset">Its first offset.</param>
/// <param name="MaxEnqueuedMs">The latest time of any record of the partition up to and including the chunk, Unix milliseconds.</param>
/// <param name="Position">Where it begins in the file.</param>
/// <param name="PayloadBytes">The bytes of its records.</param>
internal readonly record struct ChunkEntry(long Sequence, long Offset, long MaxEnqueuedMs, uint Position, int PayloadBytes)
{
    public const int Size = 32;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], MaxEnqueuedMs);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], Position);
        BinaryPrimitives.WriteInt32LittleEndian(to[28..], PayloadBytes);
    }

    public static ChunkEntry Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt64LittleEndian(from),
        BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[24..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[28..]));
}
