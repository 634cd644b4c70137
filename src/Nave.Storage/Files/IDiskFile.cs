namespace Nave.Storage.Files;

/// <summary>An open file. Reads and writes at different places may run at the same time.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Gets the length, in bytes.</summary>
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    /// <returns>The number of bytes read.</returns>
    int Read(Span<byte> buffer, long position);

    /// <summary>Writes all bytes. Durable after <see cref="SyncData"/>.</summary>
    void Write(ReadOnlySpan<byte> buffer, long position);

    /// <summary>Writes all parts one behind the other. Durable after <see cref="SyncData"/>.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> parts, long position);

    /// <summary>Cuts or extends the file. Durable after <see cref="SyncData"/>.</summary>
    void SetLength(long length);

    /// <summary>Makes what was written durable, with the length but without time stamps (fdatasync).</summary>
    void SyncData();
}
