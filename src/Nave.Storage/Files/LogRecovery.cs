using Microsoft.Extensions.Logging;

namespace Nave.Storage.Files;

/// <summary>
/// Brings a log back after it was closed or cut short: the newest segment is read to its last valid chunk and made clean
/// behind it; the others are known from their index files, or read when those are missing.
/// </summary>
internal sealed partial class LogRecovery(SegmentFiles files, SegmentFactory factory, int newPartitionCount, DamageReporter damage, ILogger logger)
{
    private const int StepBytes = 1 << 20;

    public RecoveredLog Run(CancellationToken cancellationToken)
    {
        files.DeleteTemporaries();
        var numbers = files.Numbers(SegmentFiles.SegmentSuffix);
        foreach (var orphan in files.Numbers(SegmentFiles.IndexSuffix).Except(numbers))
        {
            files.Disk.Delete(files.Index(orphan));
        }

        // 1. The newest segment that was ever written to. Those after it were only prepared.
        var newest = FindNewest(numbers);
        if (newest is not { } found)
        {
            return CreateFirst(cancellationToken);
        }

        try
        {
            // 2. The sealed ones before it, oldest first, so that a damaged header can be made good from the one before.
            var partitions = found.Header?.Base.Length ?? FindPartitionCount(numbers);
            var segments = new List<Segment>();
            SegmentEnd? before = null;
            for (var i = 0; i < numbers.Count - 1; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var segment = SegmentIndexReader.TryReadPage(files, numbers[i], LengthOf(numbers[i]))
                    ?? ScanSealed(numbers[i], before, partitions);
                CheckGap(segment.Header, before);
                segments.Add(segment);
                before = segment.End;
            }

            // 3. The newest itself.
            var number = numbers[^1];
            var header = found.Header;
            if (header is null)
            {
                // A header is synced with the first commit behind it: while there is no second one, the power may have gone before.
                if (found.Scan.Chunks.Any(chunk => chunk.Header.CommitStart != SegmentHeader.Size))
                {
                    ReportHeader(number);
                }

                header = SegmentHeader.Rebuild(number, found.Scan, before, partitions) with
                {
                    LogId = segments.Count > 0 ? segments[^1].Header.LogId : Guid.NewGuid(),
                };
                SegmentFactory.WriteHeader(found.File, header);
                found.File.SyncData();
            }

            CheckLog(header, segments);
            CheckGap(header, before);
            found.Scan.CutTornCommit(LogEndMark.TryRead(files));
            damage.Report(files, number, found.Scan);
            ClearTail(found.File, number, found.Scan.EndPosition);
            files.Disk.Delete(files.Index(number));
            var (end, index) = found.Scan.Summarize(header);
            return new RecoveredLog(segments, new OpenSegment(new Segment(header, found.File.Length), found.File, index), end, found.Scan.LostFrom);
        }
        catch
        {
            found.File.Dispose();
            throw;
        }
    }

    private RecoveredLog CreateFirst(CancellationToken cancellationToken)
    {
        var marks = new PartitionMark[newPartitionCount];
        Array.Fill(marks, PartitionMark.Start);
        var end = new SegmentEnd(SegmentHeader.Size, 0, 0, marks);
        var header = factory.NewHeader(1, Guid.NewGuid(), end);
        var file = factory.Create(1, cancellationToken);
        try
        {
            SegmentFactory.WriteHeader(file, header);
            file.SyncData();
            return new RecoveredLog([], new OpenSegment(new Segment(header, file.Length), file, new SegmentIndex(newPartitionCount)), end, [.. marks.Select(mark => mark.NextSequence)]);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private (IDiskFile File, SegmentHeader? Header, SegmentScan Scan)? FindNewest(List<long> numbers)
    {
        while (numbers.Count > 0)
        {
            var number = numbers[^1];
            var file = files.Disk.Open(files.Segment(number), DiskOpenMode.ReadWrite);
            try
            {
                var header = ReadHeader(file, number);
                var scan = SegmentScan.Run(file, header);
                if (header is not null || scan.Chunks.Count > 0)
                {
                    return (file, header, scan);
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            file.Dispose();
            files.Disk.Delete(files.Segment(number));
            files.Disk.Delete(files.Index(number));
            numbers.RemoveAt(numbers.Count - 1);
        }

        return null;
    }

    private static SegmentHeader? ReadHeader(IDiskFile file, long number) =>
        SegmentHeader.TryRead(file) is { } header && header.Number == number ? header : null;

    private Segment ScanSealed(long number, SegmentEnd? before, int partitions)
    {
        using var file = files.Disk.Open(files.Segment(number), DiskOpenMode.Read);
        var header = ReadHeader(file, number);
        var scan = SegmentScan.Run(file, header);
        if (header is null)
        {
            ReportHeader(number);
            header = SegmentHeader.Rebuild(number, scan, before, partitions);
        }

        damage.Report(files, number, scan);
        var (end, index) = scan.Summarize(header);
        var segment = new Segment(header, file.Length) { End = end };
        try
        {
            SegmentIndexFile.Save(files, segment, index);
        }
        catch (DiskFullException e)
        {
            Log.IndexNotSaved(logger, e, number);
        }

        return segment;
    }

    private void ReportHeader(long number) => damage.Report(new LogDamage(
        Path.GetFileName(files.Segment(number)), 0, SegmentHeader.Size, "the segment header is damaged, and was built again from its neighbour and its chunks"));

    private int FindPartitionCount(List<long> numbers)
    {
        foreach (var number in numbers)
        {
            using var file = files.Disk.Open(files.Segment(number), DiskOpenMode.Read);
            if (ReadHeader(file, number) is { } header)
            {
                return header.Base.Length;
            }
        }

        return newPartitionCount;
    }

    private long LengthOf(long number)
    {
        using var file = files.Disk.Open(files.Segment(number), DiskOpenMode.Read);
        return file.Length;
    }

    private void CheckLog(SegmentHeader newest, List<Segment> segments)
    {
        foreach (var segment in segments)
        {
            // A header that was built again does not know its log.
            if (segment.Header.LogId != newest.LogId && segment.Header.LogId != Guid.Empty && newest.LogId != Guid.Empty)
            {
                throw new InvalidDataException($"'{files.Segment(segment.Number)}' belongs to another log than '{files.Segment(newest.Number)}'.");
            }

            if (segment.Header.Base.Length != newest.Base.Length)
            {
                throw new InvalidDataException(
                    $"'{files.Segment(segment.Number)}' has {segment.Header.Base.Length} partitions, '{files.Segment(newest.Number)}' has {newest.Base.Length}.");
            }
        }
    }

    private void CheckGap(SegmentHeader header, SegmentEnd? before)
    {
        foreach (var gap in header.GapsAfter(before))
        {
            damage.Report(new LogDamage(Path.GetFileName(files.Segment(header.Number)), 0, 0, gap));
        }
    }

    private void ClearTail(IDiskFile file, long number, long from)
    {
        var length = file.Length;
        var block = new byte[StepBytes];
        var zeros = new byte[StepBytes];
        var cleared = false;
        for (var position = from; position < length; position += StepBytes)
        {
            var count = file.Read(block.AsSpan(0, (int)Math.Min(StepBytes, length - position)), position);
            if (block.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                file.Write(zeros.AsSpan(0, count), position);
                cleared = true;
            }
        }

        if (cleared)
        {
            file.SyncData();
            Log.TornTail(logger, Path.GetFileName(files.Segment(number)), from);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Information, "Event log: {File} had an unfinished commit behind byte {Position}; it was never acknowledged and has been cut off.")]
        public static partial void TornTail(ILogger logger, string file, long position);

        [LoggerMessage(11, LogLevel.Warning, "Event log: the index of segment {Number} could not be saved and will be built again at the next start.")]
        public static partial void IndexNotSaved(ILogger logger, Exception e, long number);
    }
}
