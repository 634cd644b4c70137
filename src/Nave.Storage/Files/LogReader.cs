using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Nave.Storage.Files;

/// <summary>
/// Reads records back. Every chunk is checked against its checksum before a record of it is served; a damaged one is
/// reported and stepped over. Any number of callers at the same time.
/// </summary>
internal sealed class LogReader(SegmentCatalog catalog, PartitionHead[] heads, DamageReporter damage)
{
    private const int MaxGapBytes = 8 << 10; // reading over so much of other partitions is cheaper than another call

    /// <summary>Says whether a read of this place needs the active segment only, whose pages the system still has in memory.</summary>
    public bool IsRecent(int partition, long sequence) => sequence >= catalog.Segments[^1].Header.Base[partition].NextSequence;

    public LogBatch Read(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The list before the head: a segment added in between then only hides records that came later.
            var segments = catalog.Segments;
            var next = heads[partition].Mark.NextSequence;
            fromSequence = Math.Max(fromSequence, segments[0].Header.Base[partition].NextSequence);
            if (fromSequence >= next)
            {
                return new LogBatch([], fromSequence, null);
            }

            var i = FindSegment(segments, partition, fromSequence);
            var end = EndOf(segments, i, partition);
            if (catalog.Rent(segments[i]) is not { } open)
            {
                continue; // Retention has removed it: look again.
            }

            try
            {
                if (TryRead(open, partition, fromSequence, maxBytes, out var batch))
                {
                    return batch;
                }
            }
            finally
            {
                open.RemoveUser();
            }

            if (i == segments.Length - 1)
            {
                if (end > fromSequence)
                {
                    continue; // It was sealed meanwhile.
                }

                return new LogBatch([], Math.Max(next, fromSequence), null); // All that was left is damaged.
            }

            fromSequence = Math.Max(fromSequence, segments[i + 1].Header.Base[partition].NextSequence);
        }
    }

    public long FirstSequence(int partition) => catalog.Segments[0].Header.Base[partition].NextSequence;

    public long FindByTime(int partition, DateTimeOffset time)
    {
        var ms = time.ToUnixTimeMilliseconds();
        if (time.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            ms++; // Records have whole milliseconds: the first at or after is the next one.
        }

        return Find(
            partition,
            (in PartitionMark mark) => mark.MaxEnqueuedMs >= ms,
            open =>
            {
                var entries = open.Index[partition].Snapshot();
                var i = ChunkList.FindTime(entries, ms);
                return i < entries.Length ? entries[i].Sequence : null;
            });
    }

    public long FindByOffset(int partition, long offset) => Find(
        partition,
        (in PartitionMark mark) => mark.NextOffset > offset && mark.LastOffset >= offset,
        open => FindOffset(open, partition, offset));

    private delegate bool Reaches(in PartitionMark mark);

    private long Find(int partition, Reaches reaches, Func<OpenSegment, long?> find)
    {
        while (true)
        {
            var segments = catalog.Segments;
            var mark = heads[partition].Mark;
            if (!reaches(mark))
            {
                return mark.NextSequence;
            }

            // The first segment at whose end it is reached.
            var (low, high) = (0, segments.Length - 1);
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                var end = segments[middle + 1].Header.Base[partition];
                (low, high) = reaches(end) ? (low, middle) : (middle + 1, high);
            }

            // It may have been reached before the oldest segment that is kept.
            if (reaches(segments[low].Header.Base[partition]))
            {
                return segments[low].Header.Base[partition].NextSequence;
            }

            if (catalog.Rent(segments[low]) is not { } open)
            {
                continue;
            }

            try
            {
                // Where the record itself is damaged, the next good place is the answer.
                return find(open) ?? (low + 1 < segments.Length ? segments[low + 1].Header.Base[partition].NextSequence : mark.NextSequence);
            }
            finally
            {
                open.RemoveUser();
            }
        }
    }

    private long? FindOffset(OpenSegment open, int partition, long offset)
    {
        var entries = open.Index[partition].Snapshot();
        for (var i = Math.Max(0, ChunkList.FindOffset(entries, offset)); i < entries.Length; i++)
        {
            var size = ChunkHeader.TotalFor(entries[i].PayloadBytes);
            using var memory = new ReadMemory(size);
            var bytes = memory.Memory.Span[..size];
            open.File.Read(bytes, entries[i].Position);
            if (!Serve(open, partition, entries[i], memory.Memory[..size], 0, memory))
            {
                continue;
            }

            foreach (var record in memory)
            {
                if (record.Offset >= offset)
                {
                    return record.SequenceNumber;
                }
            }
        }

        return null;
    }

    /// <summary>Finds the last segment that begins at or before a sequence number.</summary>
    private static int FindSegment(Segment[] segments, int partition, long sequence)
    {
        var (low, high) = (0, segments.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = segments[middle].Header.Base[partition].NextSequence <= sequence ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    private static long EndOf(Segment[] segments, int i, int partition) =>
        i + 1 < segments.Length ? segments[i + 1].Header.Base[partition].NextSequence : segments[i].End?.Marks[partition].NextSequence ?? 0;

    private bool TryRead(OpenSegment open, int partition, long from, int maxBytes, [NotNullWhen(true)] out LogBatch? batch)
    {
        var entries = open.Index[partition].Snapshot();
        var first = Math.Max(0, ChunkList.FindSequence(entries, from));
        while (first < entries.Length)
        {
            // 1. As many chunks as fit, and at least one.
            var last = first;
            var total = SpanOf(entries, first, first);
            while (last + 1 < entries.Length)
            {
                var gap = entries[last + 1].Position - EndOf(entries[last]);
                var more = ChunkHeader.TotalFor(entries[last + 1].PayloadBytes) + (gap <= MaxGapBytes ? gap : 0);
                if (total + more > maxBytes)
                {
                    break;
                }

                total += more;
                last++;
            }

            // 2. Read and check them.
            var memory = new ReadMemory((int)total);
            try
            {
                ReadChunks(open, partition, entries[first..(last + 1)], from, memory);
                if (memory.Count > 0)
                {
                    batch = new LogBatch(memory, memory[memory.Count - 1].SequenceNumber + 1, memory);
                    memory = null;
                    return true;
                }
            }
            finally
            {
                memory?.Dispose();
            }

            // 3. Nothing of them was good, or they end before the place asked for: try those behind.
            first = last + 1;
        }

        batch = null;
        return false;
    }

    private void ReadChunks(OpenSegment open, int partition, ReadOnlySpan<ChunkEntry> entries, long from, ReadMemory memory)
    {
        var filled = 0;
        for (var i = 0; i < entries.Length;)
        {
            // A run of chunks that lie close together is read by one call.
            var end = i;
            while (end + 1 < entries.Length && entries[end + 1].Position - EndOf(entries[end]) <= MaxGapBytes)
            {
                end++;
            }

            var run = memory.Memory.Slice(filled, (int)SpanOf(entries, i, end));
            var read = open.File.Read(run.Span, entries[i].Position);
            run.Span[read..].Clear(); // A file cut short: what is missing fails its checksum.
            filled += run.Length;
            var start = entries[i].Position;
            for (; i <= end; i++)
            {
                var chunk = run.Slice((int)(entries[i].Position - start), ChunkHeader.TotalFor(entries[i].PayloadBytes));
                _ = Serve(open, partition, entries[i], chunk, from, memory);
            }
        }
    }

    private bool Serve(OpenSegment open, int partition, in ChunkEntry entry, ReadOnlyMemory<byte> chunk, long from, ReadMemory into)
    {
        if (!ChunkHeader.TryRead(chunk.Span, out var header)
            || header.SegmentId != open.Segment.Header.SegmentId || header.Partition != partition
            || header.BaseSequence != entry.Sequence || header.BaseOffset != entry.Offset || header.PayloadBytes != entry.PayloadBytes
            || !ChunkHeader.HasGoodCrc(chunk.Span))
        {
            damage.Report(new LogDamage(
                Path.GetFileName(catalog.Files.Segment(open.Segment.Number)), entry.Position, chunk.Length,
                $"a chunk of partition {partition} from sequence number {entry.Sequence} on does not match its checksum or index"));
            return false;
        }

        var payload = chunk.Slice(ChunkHeader.Size, header.PayloadBytes);
        var span = payload.Span;
        var enqueued = PartitionMark.ToTime(header.EnqueuedMs);
        var position = 0;
        for (var i = 0; i < header.RecordCount; i++)
        {
            // The checksum was good, so what the committer wrote is what is here.
            var length = BinaryPrimitives.ReadInt32LittleEndian(span[position..]);
            if (header.BaseSequence + i >= from)
            {
                into.Add(new LogRecord(
                    header.BaseSequence + i, header.BaseOffset + position, enqueued, payload.Slice(position + ChunkHeader.RecordPrefix, length)));
            }

            position += ChunkHeader.RecordPrefix + length;
        }

        return true;
    }

    private static long EndOf(in ChunkEntry entry) => entry.Position + ChunkHeader.TotalFor(entry.PayloadBytes);

    private static long SpanOf(ReadOnlySpan<ChunkEntry> entries, int first, int last) => EndOf(entries[last]) - entries[first].Position;
}
