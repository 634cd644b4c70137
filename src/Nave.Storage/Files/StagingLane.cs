using System.Buffers.Binary;

namespace Nave.Storage.Files;

/// <summary>
/// The staged records of one partition and one appender: a stream of length-prefixed records over equal blocks (a record
/// may cross from one into the next), marked off into pieces. Not thread-safe.
/// </summary>
internal sealed class StagingLane(BlockPool pool)
{
    /// <summary>About the most payload a chunk has: what a reader has to read at least, and has to lose when it is damaged.</summary>
    public const int MaxPieceBytes = 128 << 10;

    private byte[][] _blocks = new byte[4][];
    private int _blockCount;
    private int _tail = BlockPool.BlockBytes; // bytes used of the last block
    private StagingPiece[] _pieces = new StagingPiece[2];
    private int _closed;
    private long _bytes;
    private long _pieceStart;
    private int _pieceRecords;
    private long _lastRecord;

    /// <summary>Gets the pieces; call <see cref="Seal"/> first.</summary>
    public ReadOnlySpan<StagingPiece> Pieces => _pieces.AsSpan(0, _closed);

    public void Add(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var length = head.Length + body.Length;
        var size = length + ChunkHeader.RecordPrefix;
        if (_pieceRecords > 0 && _bytes - _pieceStart + size > MaxPieceBytes)
        {
            Seal();
        }

        _lastRecord = _bytes;
        _pieceRecords++;
        _bytes += size;
        if (size <= BlockPool.BlockBytes - _tail)
        {
            var to = _blocks[_blockCount - 1].AsSpan(_tail, size);
            BinaryPrimitives.WriteInt32LittleEndian(to, length);
            head.CopyTo(to[ChunkHeader.RecordPrefix..]);
            body.CopyTo(to[(ChunkHeader.RecordPrefix + head.Length)..]);
            _tail += size;
            return;
        }

        Span<byte> prefix = stackalloc byte[ChunkHeader.RecordPrefix];
        BinaryPrimitives.WriteInt32LittleEndian(prefix, length);
        AddAcrossBlocks(prefix);
        AddAcrossBlocks(head);
        AddAcrossBlocks(body);
    }

    /// <summary>Closes the open piece, if there is one.</summary>
    public void Seal()
    {
        if (_pieceRecords == 0)
        {
            return;
        }

        if (_closed == _pieces.Length)
        {
            Array.Resize(ref _pieces, _closed * 2);
        }

        _pieces[_closed++] = new StagingPiece(_pieceStart, (int)(_bytes - _pieceStart), _pieceRecords, _lastRecord);
        _pieceStart = _bytes;
        _pieceRecords = 0;
    }

    /// <summary>Gets the next part of a piece that lies in one block, at most <paramref name="length"/> bytes from <paramref name="position"/>.</summary>
    public ReadOnlyMemory<byte> PartAt(long position, int length)
    {
        var (block, at) = Math.DivRem(position, BlockPool.BlockBytes);
        return _blocks[block].AsMemory((int)at, Math.Min(length, BlockPool.BlockBytes - (int)at));
    }

    /// <summary>Forgets everything and keeps one block for the next time.</summary>
    public void Clear()
    {
        if (_blockCount > 1)
        {
            pool.Return(_blocks.AsSpan(1, _blockCount - 1));
            _blocks.AsSpan(1, _blockCount - 1).Clear();
            _blockCount = 1;
        }

        _tail = _blockCount == 0 ? BlockPool.BlockBytes : 0;
        _bytes = 0;
        _closed = 0;
        _pieceStart = 0;
        _pieceRecords = 0;
    }

    private void AddAcrossBlocks(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_tail == BlockPool.BlockBytes)
            {
                if (_blockCount == _blocks.Length)
                {
                    Array.Resize(ref _blocks, _blockCount * 2);
                }

                _blocks[_blockCount++] = pool.Rent();
                _tail = 0;
            }

            var count = Math.Min(bytes.Length, BlockPool.BlockBytes - _tail);
            bytes[..count].CopyTo(_blocks[_blockCount - 1].AsSpan(_tail));
            _tail += count;
            bytes = bytes[count..];
        }
    }
}
