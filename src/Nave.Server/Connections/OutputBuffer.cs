using System.Buffers;

namespace Nave.Server.Connections;

/// <summary>Bytes that wait to be sent, in a pooled array that is only held while there are any. Guarded by its owner's lock.</summary>
internal struct OutputBuffer
{
    private const int SmallestArray = 256;

    private byte[]? _array;
    private int _start;
    private int _end;

    /// <summary>Gets how many bytes wait.</summary>
    public readonly int Length => _end - _start;

    /// <summary>Gets the bytes that wait.</summary>
    public readonly ReadOnlyMemory<byte> Memory => _array.AsMemory(_start, _end - _start);

    /// <summary>Gets the bytes that wait.</summary>
    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_array is null || _array.Length - _end < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_array.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Drops bytes from the front; the array goes back when none are left.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Release();
        }
    }

    /// <summary>Drops everything.</summary>
    public void Release()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        this = default;
    }

    private void Grow(int more)
    {
        var length = Length;
        if (_array is not null && _array.Length - length >= more && _start >= _array.Length / 2)
        {
            Array.Copy(_array, _start, _array, 0, length);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestArray, Math.Max(length + more, 2 * length)));
            Span.CopyTo(larger);
            if (_array is not null)
            {
                ArrayPool<byte>.Shared.Return(_array);
            }

            _array = larger;
        }

        _start = 0;
        _end = length;
    }
}
