using Nave.Storage.Files;

namespace Nave.Storage.Tests.Files;

/// <summary>A file to be read, whose bytes a test changes.</summary>
internal sealed class MemoryFile(ReadOnlyMemory<byte> content) : IDiskFile
{
    public long Length => content.Length;

    public int Read(Span<byte> buffer, long position)
    {
        var count = (int)Math.Clamp(content.Length - position, 0, buffer.Length);
        content.Span.Slice((int)Math.Min(position, content.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> buffer, long position) => throw new NotSupportedException();

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> parts, long position) => throw new NotSupportedException();

    public void SetLength(long length) => throw new NotSupportedException();

    public void SyncData() => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
