using System.Buffers.Binary;

namespace Nave.Fleet.Sorting;

/// <summary>Reads records of a stretch of a spool file in order, through a buffer of its own.</summary>
internal sealed class SpoolReader(SpoolFile file, long start, long end)
{
    // Of many runs each has one, and records are a few hundred bytes.
    private const int BufferBytes = 16 * 1024;

    private byte[] _buffer = new byte[BufferBytes];
    private long _offset = start; // of what is not in the buffer yet
    private int _from;
    private int _to;

    /// <summary>Gets the record that was read last.</summary>
    public SpoolRecord Current { get; private set; }

    public bool MoveNext()
    {
        if (_from == _to && _offset == end)
        {
            return false;
        }

        Fill(SpoolRecord.HeaderBytes);
        var header = _buffer.AsSpan(_from, SpoolRecord.HeaderBytes);
        var key = BinaryPrimitives.ReadInt32LittleEndian(header);
        var value = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        Fill(SpoolRecord.HeaderBytes + key + value);
        _from += SpoolRecord.HeaderBytes;
        Current = new SpoolRecord(_buffer.AsMemory(_from, key), _buffer.AsMemory(_from + key, value));
        _from += key + value;
        return true;
    }

    private void Fill(int bytes)
    {
        if (_to - _from >= bytes)
        {
            return;
        }

        var rest = _buffer.AsSpan(_from, _to - _from);
        if (bytes > _buffer.Length)
        {
            var larger = new byte[Math.Max(bytes, _buffer.Length * 2)];
            rest.CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            rest.CopyTo(_buffer);
        }

        (_from, _to) = (0, _to - _from);
        while (_to < bytes)
        {
            var room = (int)Math.Min(_buffer.Length - _to, end - _offset);
            var read = room == 0 ? 0 : file.Read(_buffer.AsSpan(_to, room), _offset);
            if (read == 0)
            {
                throw new InvalidDataException("A temporary file of records ends inside a record.");
            }

            _to += read;
            _offset += read;
        }
    }
}
