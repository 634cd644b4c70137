namespace Nave.Storage.Files;

/// <summary>What a check of a log has found.</summary>
/// <param name="Directory">The folder.</param>
/// <param name="InUse">Whether a process had the log open: then its newest commits may be missing here, and the tail says nothing.</param>
/// <param name="Segments">Segment files that hold something.</param>
/// <param name="Bytes">Their size on disk, in bytes.</param>
/// <param name="LastOutboxSequence">The highest outbox sequence stored, 0 if none.</param>
/// <param name="Partitions">What each partition holds.</param>
/// <param name="Damage">Every damaged or missing place; empty if the log is sound.</param>
/// <param name="TornTail">An unfinished commit at the end, which was never acknowledged and which opening the log cuts off.</param>
public sealed record SegmentLogReport(
    string Directory,
    bool InUse,
    int Segments,
    long Bytes,
    long LastOutboxSequence,
    IReadOnlyList<SegmentLogPartition> Partitions,
    IReadOnlyList<LogDamage> Damage,
    LogDamage? TornTail)
{
    /// <summary>Gets a value indicating whether everything that was acknowledged is there and readable.</summary>
    public bool IsSound => Damage.Count == 0;
}
