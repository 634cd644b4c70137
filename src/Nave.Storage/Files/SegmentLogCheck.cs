namespace Nave.Storage.Files;

/// <summary>Reads a whole log, every byte that counts, and says what is there and what is wrong. Changes nothing.</summary>
public sealed class SegmentLogCheck
{
    private readonly SegmentFiles _files;
    private readonly List<LogDamage> _damage = [];
    private readonly long[] _records = new long[SegmentHeader.MaxPartitions];
    private readonly long[] _bytes = new long[SegmentHeader.MaxPartitions];
    private readonly long[] _chunks = new long[SegmentHeader.MaxPartitions];
    private PartitionMark[]? _first;
    private int _partitions;
    private SegmentEnd? _end;
    private LogDamage? _tornTail;

    private SegmentLogCheck(SegmentFiles files) => _files = files;

    /// <summary>Checks the log in a folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="disk">The disk; <see langword="null"/> = that of the machine.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Task<SegmentLogReport> RunAsync(string directory, IDisk? disk = null, CancellationToken cancellationToken = default)
    {
        var files = new SegmentFiles(disk ?? SystemDisk.Instance, Path.GetFullPath(directory));
        return Task.Run(() => new SegmentLogCheck(files).Run(cancellationToken), cancellationToken);
    }

    private SegmentLogReport Run(CancellationToken cancellationToken)
    {
        // The lock file is only there once the log was opened; a check must not create it.
        var held = _files.Disk.Exists(_files.Lock) ? _files.Disk.TryLock(_files.Lock) : null;
        var inUse = held is null && _files.Disk.Exists(_files.Lock);
        using (held)
        {
            var (segments, bytes) = (0, 0L);
            var numbers = UsedSegments();
            _partitions = FindPartitionCount(numbers);
            foreach (var number in numbers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var file = _files.Disk.Open(_files.Segment(number), DiskOpenMode.Read);
                CheckSegment(number, file, isLast: number == numbers[^1], inUse);
                segments++;
                bytes += file.Length;
            }

            var partitions = new List<SegmentLogPartition>();
            for (var p = 0; _end is not null && p < _end.Marks.Length; p++)
            {
                partitions.Add(new SegmentLogPartition(
                    p, _first![p].NextSequence, _end.Marks[p].NextSequence, _records[p], _bytes[p], _chunks[p]));
            }

            return new SegmentLogReport(_files.Directory, inUse, segments, bytes, _end?.OutboxSequence ?? 0, partitions, _damage, _tornTail);
        }
    }

    /// <summary>Lists the segments up to the last that was ever written to; those behind it were only prepared.</summary>
    private List<long> UsedSegments()
    {
        var numbers = _files.Numbers(SegmentFiles.SegmentSuffix);
        while (numbers.Count > 0)
        {
            using var file = _files.Disk.Open(_files.Segment(numbers[^1]), DiskOpenMode.Read);
            if (SegmentHeader.TryRead(file) is not null || SegmentScan.Run(file, null).Chunks.Count > 0)
            {
                break;
            }

            numbers.RemoveAt(numbers.Count - 1);
        }

        return numbers;
    }

    private int FindPartitionCount(List<long> numbers)
    {
        foreach (var number in numbers)
        {
            using var file = _files.Disk.Open(_files.Segment(number), DiskOpenMode.Read);
            if (SegmentHeader.TryRead(file) is { } header)
            {
                return header.Base.Length;
            }
        }

        return SegmentHeader.MaxPartitions;
    }

    private void CheckSegment(long number, IDiskFile file, bool isLast, bool inUse)
    {
        var name = Path.GetFileName(_files.Segment(number));
        var header = SegmentHeader.TryRead(file);
        var scan = SegmentScan.Run(file, header);
        if (header is null)
        {
            _damage.Add(new LogDamage(name, 0, SegmentHeader.Size, "the segment header is damaged"));
            header = SegmentHeader.Rebuild(number, scan, _end, _partitions);
        }
        else if (header.Number != number)
        {
            _damage.Add(new LogDamage(name, 0, SegmentHeader.Size, $"the header says that it is segment {header.Number}"));
        }

        if (isLast)
        {
            CheckTail(name, file, scan, inUse);
        }

        _damage.AddRange(scan.Damage.Select(d => new LogDamage(name, d.From, d.To - d.From, d.Reason)));
        _damage.AddRange(header.GapsAfter(_end).Select(gap => new LogDamage(name, 0, 0, gap)));
        var (end, _) = scan.Summarize(header);
        foreach (var chunk in scan.Chunks)
        {
            _records[chunk.Header.Partition] += chunk.Header.RecordCount;
            _bytes[chunk.Header.Partition] += chunk.Header.PayloadBytes - ((long)chunk.Header.RecordCount * ChunkHeader.RecordPrefix);
            _chunks[chunk.Header.Partition]++;
        }

        CheckIndex(number, file.Length, isLast);
        _first ??= header.Base;
        _end = end;
    }

    private void CheckTail(string name, IDiskFile file, SegmentScan scan, bool inUse)
    {
        scan.CutTornCommit(LogEndMark.TryRead(_files));
        var last = inUse ? scan.EndPosition : LastByte(file, scan.EndPosition);
        if (last > scan.EndPosition)
        {
            _tornTail = new LogDamage(name, scan.EndPosition, last - scan.EndPosition, "an unfinished commit that was never acknowledged");
        }
    }

    private void CheckIndex(long number, long segmentBytes, bool isLast)
    {
        // A missing one is built again when needed; only one that is there and bad is worth a word.
        if (!isLast && _files.Disk.Exists(_files.Index(number)) && SegmentIndexReader.TryRead(_files, number, segmentBytes) is null)
        {
            _damage.Add(new LogDamage(Path.GetFileName(_files.Index(number)), 0, 0, "the index is damaged; it is built again from the segment"));
        }
    }

    /// <summary>Finds where the last byte that is not zero ends.</summary>
    private static long LastByte(IDiskFile file, long from)
    {
        var block = new byte[1 << 20];
        var end = from;
        for (var position = from; position < file.Length; position += block.Length)
        {
            var count = file.Read(block, position);
            var last = block.AsSpan(0, count).LastIndexOfAnyExcept((byte)0);
            end = last < 0 ? end : position + last + 1;
        }

        return end;
    }
}
