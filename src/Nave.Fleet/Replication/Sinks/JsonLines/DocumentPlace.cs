namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>Where the newest line of a document is.</summary>
/// <param name="IsCompact">Whether in the compact file; else in that of changes.</param>
/// <param name="At">Where the line begins.</param>
/// <param name="Length">How long it is, in bytes.</param>
/// <param name="Revision">How often the document was written since the files were opened.</param>
/// <param name="IsDeleted">Whether it is a tombstone.</param>
internal readonly record struct DocumentPlace(bool IsCompact, long At, int Length, long Revision, bool IsDeleted);
