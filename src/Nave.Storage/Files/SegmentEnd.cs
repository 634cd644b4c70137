namespace Nave.Storage.Files;

/// <summary>What a segment holds when nothing is added to it any more.</summary>
/// <param name="UsedBytes">Where its last chunk ends.</param>
/// <param name="OutboxSequence">The highest outbox sequence up to its end, 0 if none.</param>
/// <param name="LastCommit">The number of its last commit.</param>
/// <param name="Marks">Where each partition stands after it.</param>
internal sealed record SegmentEnd(long UsedBytes, long OutboxSequence, ulong LastCommit, PartitionMark[] Marks)
{
    /// <summary>Gets the latest time of any record, Unix milliseconds; <see cref="PartitionMark.Never"/> if there is none.</summary>
    public long MaxEnqueuedMs => Marks.Max(mark => mark.MaxEnqueuedMs);
}
