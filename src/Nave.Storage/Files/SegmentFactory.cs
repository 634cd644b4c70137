using System.Security.Cryptography;

namespace Nave.Storage.Files;

/// <summary>
/// Makes segment files. They are filled with zeros and synced before they are used: then a commit changes no metadata and
/// fdatasync has only data to write, which is 1.3 to 2.5 times as fast as a growing file.
/// </summary>
internal sealed class SegmentFactory(SegmentFiles files, long segmentBytes, long reserveBytes, TimeProvider time)
{
    private const int StepBytes = 1 << 20;
    private const int SyncEveryBytes = 8 << 20; // so that the syncs of commits meanwhile do not wait behind all of it

    private static readonly byte[] s_zeros = new byte[StepBytes];

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
        var file = files.Disk.Open(temporary, DiskOpenMode.Create);
        try
        {
            for (var position = 0L; position < segmentBytes; position += StepBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                file.Write(s_zeros.AsSpan(0, (int)Math.Min(StepBytes, segmentBytes - position)), position);
                if ((position + StepBytes) % SyncEveryBytes == 0)
                {
                    file.SyncData();
                }
            }

            file.SyncData();
            files.Disk.Rename(temporary, path);
            files.Disk.SyncDirectory(files.Directory);
            return file;
        }
        catch
        {
            file.Dispose();
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
