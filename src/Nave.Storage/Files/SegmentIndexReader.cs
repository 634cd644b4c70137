namespace Nave.Storage.Files;

/// <summary>Reads index files from disk.</summary>
internal static class SegmentIndexReader
{
    /// <summary>Reads the first page only; null if the file is missing or the page damaged.</summary>
    public static Segment? TryReadPage(SegmentFiles files, long number, long segmentFileBytes)
    {
        if (TryOpen(files, number) is not { } file)
        {
            return null;
        }

        using (file)
        {
            var page = new byte[SegmentIndexFile.PageBytes];
            return file.Read(page, 0) == page.Length && SegmentIndexFile.TryReadPage(page, segmentFileBytes) is { } segment && segment.Number == number
                ? segment
                : null;
        }
    }

    /// <summary>Reads the whole file; null if it is missing or damaged anywhere.</summary>
    public static (Segment Segment, SegmentIndex Index)? TryRead(SegmentFiles files, long number, long segmentFileBytes)
    {
        if (TryOpen(files, number) is not { } file)
        {
            return null;
        }

        using (file)
        {
            // An index has at most one entry for every header that fits the segment.
            var limit = SegmentIndexFile.PageBytes + 4 + (segmentFileBytes / ChunkHeader.Size * ChunkEntry.Size);
            if (file.Length < SegmentIndexFile.PageBytes + 4 || file.Length > limit)
            {
                return null;
            }

            var bytes = new byte[file.Length];
            return file.Read(bytes, 0) == bytes.Length
                && SegmentIndexFile.TryReadPage(bytes, segmentFileBytes) is { } segment && segment.Number == number
                && SegmentIndexFile.TryReadEntries(bytes) is { } index
                ? (segment, index)
                : null;
        }
    }

    private static IDiskFile? TryOpen(SegmentFiles files, long number)
    {
        try
        {
            return files.Disk.Open(files.Index(number), DiskOpenMode.Read);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
