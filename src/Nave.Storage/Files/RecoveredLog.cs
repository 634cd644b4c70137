namespace Nave.Storage.Files;

/// <summary>What recovery hands over.</summary>
/// <param name="Sealed">The segments before the active one, oldest first.</param>
/// <param name="Active">The segment to go on writing, open for writing.</param>
/// <param name="End">Where the log ends.</param>
/// <param name="LostFrom">Of each partition, the first sequence number that was lost at its end; the next one if none was.</param>
internal sealed record RecoveredLog(IReadOnlyList<Segment> Sealed, OpenSegment Active, SegmentEnd End, long[] LostFrom);
