namespace Nave.Storage.Files;

/// <summary>A view on a file that moves forward, so that a scan reads large blocks.</summary>
internal sealed class SegmentWindow(IDiskFile file, long length)
{
    private const int BlockBytes = 1 << 20;

    private byte[] _buffer = new byte[Math.Min(BlockBytes, Math.Max(length, ChunkHeader.Size))];
    private long _start;
    private int _filled;

    public long Length { get; } = length;

    /// <summary>Gets bytes of the file; fewer than asked for only at its end.</summary>
    public ReadOnlySpan<byte> Get(long position, int count)
    {
        count = (int)Math.Min(count, Math.Max(0, Length - position));
        if (position < _start || position + count > _start + _filled)
        {
            if (count > _buffer.Length)
            {
                _buffer = new byte[count];
            }

            _start = position;
            _filled = file.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, Length - position)), position);
            count = Math.Min(count, _filled);
        }

        return _buffer.AsSpan((int)(position - _start), count);
    }

    /// <summary>Gets the bytes from a position to wherever a convenient block ends.</summary>
    public ReadOnlySpan<byte> GetBlock(long position)
    {
        if (position >= _start && position < _start + _filled - ChunkHeader.Size)
        {
            return _buffer.AsSpan((int)(position - _start), (int)(_start + _filled - position));
        }

        return Get(position, BlockBytes);
    }
}
