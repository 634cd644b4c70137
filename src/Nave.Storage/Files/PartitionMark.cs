using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>Where a partition stands at some point of the log.</summary>
/// <param name="NextSequence">The sequence number of the next record.</param>
/// <param name="NextOffset">The offset of the next record.</param>
/// <param name="LastOffset">The offset of the last record, -1 if there has never been one.</param>
/// <param name="LastEnqueuedMs">When the last record was appended; Unix milliseconds, <see cref="Never"/> if there has never been one.</param>
/// <param name="MaxEnqueuedMs">The latest time of any record so far: it does not step back when the clock does.</param>
internal readonly record struct PartitionMark(long NextSequence, long NextOffset, long LastOffset, long LastEnqueuedMs, long MaxEnqueuedMs)
{
    public const int Size = 40;
    public const long Never = long.MinValue;

    public static PartitionMark Start { get; } = new(0, 0, -1, Never, Never);

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, NextSequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], LastOffset);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], LastEnqueuedMs);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], MaxEnqueuedMs);
    }

    public static PartitionMark Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt64LittleEndian(from),
        BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[32..]));

    /// <summary>Gets the mark after a chunk.</summary>
    public PartitionMark After(in ChunkHeader chunk, long lastRecordOffset) => new(
        chunk.BaseSequence + chunk.RecordCount,
        chunk.BaseOffset + chunk.PayloadBytes,
        lastRecordOffset,
        chunk.EnqueuedMs,
        Math.Max(MaxEnqueuedMs, chunk.EnqueuedMs));

    public static DateTimeOffset ToTime(long enqueuedMs) =>
        enqueuedMs == Never ? DateTimeOffset.MinValue : DateTimeOffset.FromUnixTimeMilliseconds(enqueuedMs);
}
