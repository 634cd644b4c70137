namespace Nave.Storage.Blobs.Local;

/// <summary>A part of a file, from where it stands.</summary>
internal sealed class LocalBlobReader(FileStream file, long length) : Stream
{
    private long _rest = length;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("A blob is read from its start to its end.");

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException("A blob is read from its start to its end.");
        set => throw new NotSupportedException("A blob is read from its start to its end.");
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await file.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _rest)], cancellationToken).ConfigureAwait(false);
        _rest -= read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A blob is read asynchronously: use ReadAsync.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A blob reader is not written.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A blob is read from its start to its end.");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("A blob reader is not written.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
