using System.Buffers;

namespace Nave.Hub.Jobs;

/// <summary>
/// Splits the bytes of a blob into lines, ended by LF or CR LF; the last one needs no end, and a byte order mark is skipped. A line
/// that is too long is reported when its end is seen, and never held.
/// </summary>
/// <param name="maxBytes">The longest line, in bytes without its end.</param>
internal sealed class ImportLineSplitter(int maxBytes)
{
    private bool _isFirst = true;
    private bool _isSkipping;

    /// <summary>Gets the number of the line that was read last, from 1; empty lines count.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="buffer">What was received; what was read is cut off its start.</param>
    /// <param name="isFinal">Whether nothing follows the buffer.</param>
    /// <param name="line">The line: a slice of the buffer. Empty if it is too long.</param>
    /// <param name="isTooLong">Whether it is.</param>
    /// <returns><see langword="false"/> = more bytes are needed, or there are none any more.</returns>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, bool isFinal, out ReadOnlySequence<byte> line, out bool isTooLong)
    {
        line = default;
        isTooLong = false;
        if (_isFirst && !TrySkipMark(ref buffer, isFinal))
        {
            return false;
        }

        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
        }
        else if (isFinal && (!buffer.IsEmpty || _isSkipping))
        {
            line = buffer;
            buffer = buffer.Slice(buffer.End);
        }
        else
        {
            // Room for the CR of a line that is just short enough.
            if (_isSkipping || buffer.Length > maxBytes + 1L)
            {
                _isSkipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            return false;
        }

        Number++;
        line = WithoutReturn(line);
        isTooLong = _isSkipping || line.Length > maxBytes;
        _isSkipping = false;
        if (isTooLong)
        {
            line = default;
        }

        return true;
    }

    private static ReadOnlySequence<byte> WithoutReturn(ReadOnlySequence<byte> line) =>
        !line.IsEmpty && line.Slice(line.Length - 1).FirstSpan[0] == (byte)'\r' ? line.Slice(0, line.Length - 1) : line;

    private bool TrySkipMark(ref ReadOnlySequence<byte> buffer, bool isFinal)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        Span<byte> start = stackalloc byte[3];
        var count = (int)Math.Min(3, buffer.Length);
        buffer.Slice(0, count).CopyTo(start);
        if (count < 3 && !isFinal && mark.StartsWith(start[..count]))
        {
            return false;
        }

        _isFirst = false;
        if (count == 3 && start.SequenceEqual(mark))
        {
            buffer = buffer.Slice(3);
        }

        return true;
    }
}
