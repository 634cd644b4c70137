using System.Security.Cryptography;

namespace Nave.Storage.Files;

/// <summary>
/// Makes segment files. They are filled with zeros and synced before they are used: then a commit changes no metadata and
/// fdatasync has only data to write, which is 1.3 to 2.5 times as fast as a growing file.
/// </summary>
internal sealed class SegmentFactory(SegmentFiles files, long segmentBytes, long reserveBytes, TimeProvider time)
{
    /// <summary>Makes an empty segment file, durable under its name.</summary>
    /// <exception cref="DiskFullException">There is no room for it beside the reserve.</exception>
    public IDiskFile Create(long number, CancellationToken cancellationToken)
    {
        var free = files.Disk.GetFreeBytes(files.Directory);
        if (free - segmentBytes < reserveBytes)
        {
            throw new DiskFullException(
                $"'{files.Directory}' has {free} bytes free; a segment of {segmentBytes} bytes beside the reserve of {reserveBytes} does not fit.");
        }

        var path = files.Segment(number);
        var temporary = files.Temporary(path);
        IDiskFile? file = null;
        try
        {
            file = files.Disk.CreateZeroed(temporary, segmentBytes, cancellationToken);
            files.Disk.Rename(temporary, path);
            files.Disk.SyncDirectory(files.Directory);
            return file;
        }
        catch
        {
            file?.Dispose();
            DeleteQuietly(temporary);
            throw;
        }
    }

    /// <summary>Makes the header of the segment that follows some state of the log.</summary>
    public SegmentHeader NewHeader(long number, Guid logId, SegmentEnd before) => new(
        BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
        number,
        logId,
        time.GetUtcNow().ToUnixTimeMilliseconds(),
        before.OutboxSequence,
        before.LastCommit + 1,
        (PartitionMark[])before.Marks.Clone());

    public static void WriteHeader(IDiskFile file, SegmentHeader header)
    {
        var page = new byte[SegmentHeader.Size];
        header.Write(page);
        file.Write(page, 0);
    }

    private void DeleteQuietly(string path)
    {
        try
        {
            files.Disk.Delete(path);
        }
        catch (IOException)
        {
            // The next start deletes it.
        }
    }
}
