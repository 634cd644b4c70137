namespace Nave.Storage.Files;

/// <summary>Figures of a log since it was opened, and its size now.</summary>
/// <param name="Records">Records that became durable.</param>
/// <param name="Bytes">Bytes written for them, headers included.</param>
/// <param name="Commits">Commits, each with one sync.</param>
/// <param name="DamagedPlaces">Places that were found damaged.</param>
/// <param name="Segments">Segment files.</param>
/// <param name="SegmentBytes">Their size on disk, in bytes.</param>
public readonly record struct SegmentLogStatistics(
    long Records, long Bytes, long Commits, long DamagedPlaces, int Segments, long SegmentBytes);
