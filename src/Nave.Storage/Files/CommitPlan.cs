using System.Numerics;

namespace Nave.Storage.Files;

/// <summary>Lays out the chunks of one commit over what the appenders have staged, without copying the records. Reused.</summary>
internal sealed class CommitPlan
{
    private const int CopyBelowBytes = 32 << 10; // one small copy is cheaper than many small parts of a gathered write

    // A write that ends with a whole page spares the system from reading the page first.
    private const int PageBytes = 4096;

    private static readonly ReadOnlyMemory<byte> s_zeros = GC.AllocateArray<byte>(PageBytes, pinned: true);

    private readonly List<PlannedChunk> _chunks = [];
    private readonly List<(StagingLane Lane, StagingPiece Piece)> _pieces = [];
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly byte[] _copy = GC.AllocateUninitializedArray<byte>(CopyBelowBytes + PageBytes, pinned: true);
    private byte[] _headers = GC.AllocateUninitializedArray<byte>(64 * ChunkHeader.Size, pinned: true);

    /// <summary>Gets the bytes that the commit takes in the file.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Gets the number of records.</summary>
    public long Records { get; private set; }

    /// <summary>Gets the highest outbox sequence in the commit, 0 if none.</summary>
    public long OutboxSequence { get; private set; }

    /// <summary>Gets the chunks, with index entry and mark once <see cref="Encode"/> was called.</summary>
    public List<PlannedChunk> Chunks => _chunks;

    /// <summary>Divides staged batches into chunks: those of one partition together, in the order of the batches.</summary>
    public void Layout(List<(SegmentLogAppender Appender, StagedBatch Batch)> taken)
    {
        _chunks.Clear();
        _pieces.Clear();
        TotalBytes = 0;
        Records = 0;
        OutboxSequence = 0;
        var partitions = 0u;
        foreach (var (_, batch) in taken)
        {
            batch.Seal();
            partitions |= batch.Partitions;
            Records += batch.Count;
            OutboxSequence = Math.Max(OutboxSequence, batch.OutboxSequence);
        }

        for (; partitions != 0; partitions &= partitions - 1)
        {
            LayoutPartition(taken, BitOperations.TrailingZeroCount(partitions));
        }
    }

    /// <summary>Writes headers and checksums for a place in the file, and moves the marks.</summary>
    public void Encode(ulong segmentId, long position, ulong commit, long enqueuedMs, PartitionMark[] marks)
    {
        _parts.Clear();
        if (_headers.Length < _chunks.Count * ChunkHeader.Size)
        {
            _headers = GC.AllocateUninitializedArray<byte>(_chunks.Count * 2 * ChunkHeader.Size, pinned: true);
        }

        var start = (uint)position;
        for (var i = 0; i < _chunks.Count; i++)
        {
            var chunk = _chunks[i];
            ref var mark = ref marks[chunk.Partition];

            // The last chunk says how far the outbox has come; those before it say it as a negative number: without the last one
            // the commit is torn, and recovery keeps nothing of it, for the outbox will give all of it again.
            var header = new ChunkHeader(
                segmentId, chunk.Partition, mark.NextSequence, mark.NextOffset, chunk.Records, chunk.PayloadBytes, enqueuedMs,
                i == _chunks.Count - 1 ? OutboxSequence : -OutboxSequence, commit, start);
            mark = mark.After(header, mark.NextOffset + chunk.LastRecord);
            _chunks[i] = chunk with
            {
                Entry = new ChunkEntry(header.BaseSequence, header.BaseOffset, mark.MaxEnqueuedMs, (uint)position, header.PayloadBytes),
                Mark = mark,
            };

            var bytes = _headers.AsMemory(i * ChunkHeader.Size, ChunkHeader.Size);
            _parts.Add(bytes);
            var crc = AddPieces(chunk, header.Write(bytes.Span));
            var padding = header.TotalBytes - ChunkHeader.Size - header.PayloadBytes;
            if (padding > 0)
            {
                _parts.Add(s_zeros[..padding]);
                crc = Crc32C.Append(crc, s_zeros.Span[..padding]);
            }

            ChunkHeader.WriteCrc(bytes.Span, crc);
            position += header.TotalBytes;
        }

        // Behind the end there are zeros anyway: see SegmentFactory and LogRecovery.ClearTail.
        _parts.Add(s_zeros[..(int)(-position & (PageBytes - 1))]);
    }

    /// <summary>Writes what <see cref="Encode"/> has laid out, and zeros up to the end of the page.</summary>
    public void WriteTo(IDiskFile file, long position)
    {
        if (TotalBytes > CopyBelowBytes)
        {
            file.Write(_parts, position);
            return;
        }

        var at = 0;
        foreach (var part in _parts)
        {
            part.Span.CopyTo(_copy.AsSpan(at));
            at += part.Length;
        }

        file.Write(_copy.AsSpan(0, at), position);
    }

    private void LayoutPartition(List<(SegmentLogAppender Appender, StagedBatch Batch)> taken, int partition)
    {
        var open = new PlannedChunk(partition, _pieces.Count);
        foreach (var (_, batch) in taken)
        {
            if ((batch.Partitions & (1u << partition)) == 0)
            {
                continue;
            }

            var lane = batch.Lane(partition);
            foreach (ref readonly var piece in lane.Pieces)
            {
                if (open.PieceCount > 0 && open.PayloadBytes + piece.Length > StagingLane.MaxPieceBytes)
                {
                    Close(open);
                    open = new PlannedChunk(partition, _pieces.Count);
                }

                open = open with
                {
                    PieceCount = open.PieceCount + 1,
                    Records = open.Records + piece.Records,
                    LastRecord = open.PayloadBytes + (piece.LastRecord - piece.Start),
                    PayloadBytes = open.PayloadBytes + piece.Length,
                };
                _pieces.Add((lane, piece));
            }
        }

        Close(open);
    }

    private void Close(in PlannedChunk chunk)
    {
        _chunks.Add(chunk);
        TotalBytes += ChunkHeader.TotalFor(chunk.PayloadBytes);
    }

    private uint AddPieces(in PlannedChunk chunk, uint crc)
    {
        for (var i = chunk.FirstPiece; i < chunk.FirstPiece + chunk.PieceCount; i++)
        {
            var (lane, piece) = _pieces[i];
            for (var at = 0; at < piece.Length;)
            {
                var part = lane.PartAt(piece.Start + at, piece.Length - at);
                _parts.Add(part);
                crc = Crc32C.Append(crc, part.Span);
                at += part.Length;
            }
        }

        return crc;
    }
}
