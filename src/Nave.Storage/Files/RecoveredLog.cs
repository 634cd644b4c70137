namespace Nave.Storage.Files;

/// <summary>What recovery hands over.</summary>
/// <param name="Sealed">The segments before the active one, oldest first.</param>
/// <param name="Active">The segment to go on writing, open for writing.</param>
/// <param name="End">Where the log ends.</param>
internal sealed record RecoveredLog(IReadOnlyList<Segment> Sealed, OpenSegment Active, SegmentEnd End);
