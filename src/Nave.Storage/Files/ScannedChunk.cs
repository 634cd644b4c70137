namespace Nave.Storage.Files;

/// <summary>A good chunk that a scan has met.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Position">Where it begins in the file.</param>
/// <param name="LastRecordOffset">The offset of its last record.</param>
internal readonly record struct ScannedChunk(ChunkHeader Header, long Position, long LastRecordOffset)
{
    public long EndPosition => Position + Header.TotalBytes;
}
