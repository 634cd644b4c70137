namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>A file of lines that is only appended to. What is behind its committed length does not count, and is cut off when it is opened.</summary>
internal sealed class LineFile : IDisposable
{
    private const int BlockBytes = 64 * 1024;

    private readonly FileStream _stream;

    private LineFile(FileStream stream) => _stream = stream;

    public long Length { get; private set; }

    /// <summary>Opens a file, and makes it if it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="committed">How many bytes of it count.</param>
    /// <exception cref="IOException">It has fewer, or another process has it.</exception>
    public static LineFile Open(string path, long committed)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, BlockBytes);
        if (stream.Length < committed)
        {
            var length = stream.Length;
            stream.Dispose();
            throw new IOException($"{path} has {length} bytes; {committed} were written. It was cut by something else.");
        }

        stream.SetLength(committed);
        stream.Position = committed;
        return new LineFile(stream) { Length = committed };
    }

    /// <summary>Appends a line; it is on the disk after <see cref="Sync"/>.</summary>
    /// <returns>Where it begins.</returns>
    public long Append(ReadOnlySpan<byte> line)
    {
        var at = Length;
        _stream.Position = at;
        _stream.Write(line);
        _stream.WriteByte((byte)'\n');
        Length += line.Length + 1;
        return at;
    }

    /// <summary>Forgets what was appended behind a length.</summary>
    public void Cut(long length)
    {
        _stream.SetLength(length);
        Length = length;
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Sync() => _stream.Flush(flushToDisk: true);

    /// <summary>Reads a part of the file.</summary>
    public byte[] Read(long at, int length)
    {
        _stream.Flush();
        _stream.Position = at;
        var bytes = new byte[length];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads all lines with their places.</summary>
    public IEnumerable<(long At, byte[] Line)> ReadLines()
    {
        var block = new byte[BlockBytes];
        var line = new MemoryStream();
        long at = 0;
        for (long read = 0; read < Length;)
        {
            // Others may read or append between two lines.
            _stream.Flush();
            _stream.Position = read;
            var count = _stream.Read(block, 0, (int)Math.Min(block.Length, Length - read));
            if (count == 0)
            {
                yield break;
            }

            read += count;
            for (var from = 0; from < count;)
            {
                var end = Array.IndexOf(block, (byte)'\n', from, count - from);
                line.Write(block, from, (end < 0 ? count : end) - from);
                if (end < 0)
                {
                    break;
                }

                yield return (at, line.ToArray());
                at += line.Length + 1;
                line.SetLength(0);
                from = end + 1;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
