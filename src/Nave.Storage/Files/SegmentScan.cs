namespace Nave.Storage.Files;

/// <summary>What is in a segment, read from front to back without trust in any index.</summary>
internal sealed class SegmentScan
{
    private const long Unknown = -1;

    private readonly List<ScannedChunk> _chunks = [];
    private readonly List<(long From, long To, string Reason)> _damage = [];
    private readonly long[] _nextSequence = new long[SegmentHeader.MaxPartitions];
    private SegmentEnd? _closed;

    private SegmentScan(ulong? segmentId, long start)
    {
        SegmentId = segmentId;
        EndPosition = start;
    }

    /// <summary>Gets the id that all chunks have; null if the header was unreadable and there is no chunk.</summary>
    public ulong? SegmentId { get; private set; }

    /// <summary>Gets the good chunks in file order.</summary>
    public IReadOnlyList<ScannedChunk> Chunks => _chunks;

    /// <summary>Gets what is damaged between good chunks, or missing.</summary>
    public IReadOnlyList<(long From, long To, string Reason)> Damage => _damage;

    /// <summary>Gets where the last good chunk ends.</summary>
    public long EndPosition { get; private set; }

    /// <summary>Gets of each partition the first sequence number that was lost at its end, the next one if none was; known after <see cref="Summarize"/>.</summary>
    public long[] LostFrom { get; private set; } = [];

    /// <summary>Gets a value indicating whether parts of the last commit were cut off by <see cref="CutTornCommit"/>.</summary>
    public bool Torn { get; private set; }

    /// <summary>Reads a segment.</summary>
    /// <param name="file">The file.</param>
    /// <param name="header">Its header; null if that is damaged, and then the first good chunk says whose segment it is.</param>
    public static SegmentScan Run(IDiskFile file, SegmentHeader? header)
    {
        var scan = new SegmentScan(header?.SegmentId, SegmentHeader.Size);
        for (var i = 0; i < SegmentHeader.MaxPartitions; i++)
        {
            scan._nextSequence[i] = header is not null && i < header.Base.Length ? header.Base[i].NextSequence : Unknown;
        }

        scan.Read(new SegmentWindow(file, file.Length), header?.Base.Length ?? SegmentHeader.MaxPartitions);
        return scan;
    }

    /// <summary>
    /// Removes what a power loss has left of the last commit behind its first damaged place. Only the last commit can be
    /// torn: the one before it was synced before the last one was written, so damage there is damage. Of a torn commit with
    /// records of the outbox nothing is kept. Up to where the log was once closed in order nothing is torn: what is missing is lost.
    /// </summary>
    /// <param name="mark">Where the log was closed; null if it was not, or if that is not of this segment.</param>
    public void CutTornCommit(LogEndMark? mark)
    {
        _closed = mark is not null && mark.SegmentId == SegmentId ? mark.End : null;
        var durable = _closed?.UsedBytes ?? 0;
        if (EndPosition < durable)
        {
            _damage.Add((EndPosition, durable, "no valid chunk: the log was closed with more than is here"));
            EndPosition = durable;
            return;
        }

        if (_chunks.Count == 0)
        {
            return;
        }

        var commitStart = Math.Max(durable, _chunks[^1].Header.CommitStart);
        var cut = _damage.FindIndex(d => d.From >= commitStart && d.To > d.From);
        if (cut >= 0)
        {
            CutAt(_damage[cut].From);
        }

        if (_chunks.Count > 0 && _chunks[^1].Header is { OutboxSequence: < 0 } unfinished && unfinished.CommitStart >= durable)
        {
            CutAt(unfinished.CommitStart);
        }
    }

    /// <summary>Gets where everything stands at the end, and fills an index.</summary>
    public (SegmentEnd End, SegmentIndex Index) Summarize(SegmentHeader header)
    {
        var marks = (PartitionMark[])header.Base.Clone();
        var index = new SegmentIndex(marks.Length);
        var outbox = header.OutboxSequence;
        var commit = header.FirstCommit - 1;
        foreach (var chunk in _chunks)
        {
            ref var mark = ref marks[chunk.Header.Partition];
            mark = mark.After(chunk.Header, chunk.LastRecordOffset);
            outbox = Math.Max(outbox, chunk.Header.OutboxSequence);
            commit = chunk.Header.Commit;
            index[chunk.Header.Partition].Add(new ChunkEntry(
                chunk.Header.BaseSequence, chunk.Header.BaseOffset, mark.MaxEnqueuedMs, (uint)chunk.Position, chunk.Header.PayloadBytes));
        }

        LostFrom = [.. marks.Select(mark => mark.NextSequence)];
        if (_closed is not null)
        {
            // What was lost had its numbers: they are not given again.
            outbox = Math.Max(outbox, _closed.OutboxSequence);
            commit = Math.Max(commit, _closed.LastCommit);
            for (var i = 0; i < Math.Min(marks.Length, _closed.Marks.Length); i++)
            {
                marks[i] = marks[i].NextSequence < _closed.Marks[i].NextSequence ? _closed.Marks[i] : marks[i];
            }
        }

        return (new SegmentEnd(EndPosition, outbox, commit, marks), index);
    }

    private void CutAt(long position)
    {
        Torn = true;
        EndPosition = position;
        _damage.RemoveAll(damage => damage.From >= position);
        _chunks.RemoveAll(chunk => chunk.Position >= position);
    }

    private void Read(SegmentWindow window, int partitions)
    {
        var position = (long)SegmentHeader.Size;
        while (position + ChunkHeader.Size <= window.Length)
        {
            if (TryReadChunk(window, position, partitions) is not { } chunk)
            {
                var next = FindNext(window, position + ChunkHeader.Alignment, partitions);
                if (next is null)
                {
                    return;
                }

                _damage.Add((position, next.Value.Position, "no valid chunk: the checksum or the header is wrong"));
                chunk = next.Value;
            }

            ref var expected = ref _nextSequence[chunk.Header.Partition];
            if (expected != Unknown && chunk.Header.BaseSequence != expected && _damage.Count == 0)
            {
                _damage.Add((chunk.Position, chunk.Position, $"partition {chunk.Header.Partition} goes on with sequence number {chunk.Header.BaseSequence}, expected {expected}"));
            }

            SegmentId ??= chunk.Header.SegmentId;
            expected = chunk.Header.BaseSequence + chunk.Header.RecordCount;
            _chunks.Add(chunk);
            position = chunk.EndPosition;
            EndPosition = position;
        }
    }

    private ScannedChunk? FindNext(SegmentWindow window, long from, int partitions)
    {
        // Chunks are aligned, and repeat the id of the segment: look for that, or for the magic while the id is not known.
        Span<byte> pattern = stackalloc byte[8];
        var patternAt = 0;
        if (SegmentId is { } id)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(pattern, id);
            patternAt = 8;
        }
        else
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(pattern, ChunkHeader.Magic);
            pattern = pattern[..4];
        }

        var position = from;
        while (position + ChunkHeader.Size <= window.Length)
        {
            var block = window.GetBlock(position);
            if (block.Length < ChunkHeader.Size)
            {
                return null;
            }

            var found = block[patternAt..].IndexOf(pattern);
            if (found < 0)
            {
                // The next block begins so that a header over the border is seen whole.
                position += (block.Length - ChunkHeader.Size + ChunkHeader.Alignment) & ~(ChunkHeader.Alignment - 1);
                continue;
            }

            position += found;
            if (position % ChunkHeader.Alignment == 0 && TryReadChunk(window, position, partitions) is { } chunk)
            {
                return chunk;
            }

            position += 1;
        }

        return null;
    }

    private ScannedChunk? TryReadChunk(SegmentWindow window, long position, int partitions)
    {
        if (!ChunkHeader.TryRead(window.Get(position, ChunkHeader.Size), out var header)
            || header.Partition >= partitions
            || (SegmentId is { } id && header.SegmentId != id)
            || position + header.TotalBytes > window.Length
            || !Follows(header, position))
        {
            return null;
        }

        var bytes = window.Get(position, header.TotalBytes);
        if (bytes.Length < header.TotalBytes || !ChunkHeader.HasGoodCrc(bytes))
        {
            return null;
        }

        var last = ChunkRecords.FindLast(bytes.Slice(ChunkHeader.Size, header.PayloadBytes), header.RecordCount);
        return last < 0 ? null : new ScannedChunk(header, position, header.BaseOffset + last);
    }

    /// <summary>
    /// A chunk that a failed or torn commit left behind must not come back to life when newer ones have been written up to
    /// it: commit numbers never go back, and no sequence number comes twice.
    /// </summary>
    private bool Follows(in ChunkHeader header, long position)
    {
        if (header.CommitStart > position || header.CommitStart < SegmentHeader.Size || header.BaseSequence < _nextSequence[header.Partition])
        {
            return false;
        }

        if (_chunks.Count == 0)
        {
            return true;
        }

        var last = _chunks[^1];
        return header.Commit == last.Header.Commit
            ? header.CommitStart == last.Header.CommitStart
            : header.Commit > last.Header.Commit && header.CommitStart >= last.EndPosition;
    }
}
