namespace Nave.Storage.Tests.Sqlite.Disks;

/// <summary>One thing that SQLite did to its files, or (without a file) that a caller was told.</summary>
/// <param name="Kind">What.</param>
/// <param name="Path">The file; empty for <see cref="DiskStepKind.Acknowledged"/>.</param>
/// <param name="Position">Where it was written, the new length, the number of the transaction, or 1 if a deletion was synced.</param>
/// <param name="Bytes">What was written.</param>
internal sealed record DiskStep(DiskStepKind Kind, string Path, long Position, byte[] Bytes);
