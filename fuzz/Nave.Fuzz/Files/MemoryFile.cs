using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>A file that is an array.</summary>
internal sealed class MemoryFile(byte[] content) : IDiskFile
{
    public long Length => content.Length;

    public int Read(Span<byte> buffer, long position)
    {
        var count = (int)Math.Clamp(content.Length - position, 0, buffer.Length);
        content.AsSpan((int)Math.Min(position, content.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> buffer, long position) => throw new NotSupportedException("Nothing that reads may write.");

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> parts, long position) => throw new NotSupportedException("Nothing that reads may write.");

    public void SetLength(long length) => throw new NotSupportedException("Nothing that reads may write.");

    public void SyncData() => throw new NotSupportedException("Nothing that reads may write.");

    public void Dispose()
    {
        // Nothing is held.
    }
}
