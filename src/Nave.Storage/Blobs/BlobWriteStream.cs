namespace Nave.Storage.Blobs;

/// <summary>
/// Writes one blob as a stream, in constant memory. Nothing is visible before <see cref="CommitAsync"/>; disposed of without
/// it, nothing ever is. It writes asynchronously only; flushing does nothing.
/// </summary>
public abstract class BlobWriteStream : Stream
{
    private long _written;
    private bool _ended;

    /// <inheritdoc/>
    public sealed override bool CanRead => false;

    /// <inheritdoc/>
    public sealed override bool CanSeek => false;

    /// <inheritdoc/>
    public sealed override bool CanWrite => !_ended;

    /// <summary>Gets how many bytes were written.</summary>
    public sealed override long Length => _written;

    /// <summary>Gets how many bytes were written; it cannot be set.</summary>
    public sealed override long Position
    {
        get => _written;
        set => throw new NotSupportedException("A blob is written from its start to its end.");
    }

    /// <summary>Makes what was written the blob, durably, and ends the writing. Call it once.</summary>
    /// <exception cref="BlobException">It could not be made; <see cref="BlobError.Exists"/> if it had to be absent and is not.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        await CommitCoreAsync(cancellationToken).ConfigureAwait(false);
        _ended = true;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        await WriteCoreAsync(buffer, cancellationToken).ConfigureAwait(false);
        _written += buffer.Length;
    }

    /// <inheritdoc/>
    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public sealed override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A blob is written asynchronously: use WriteAsync.");

    /// <inheritdoc/>
    public sealed override void Flush()
    {
    }

    /// <inheritdoc/>
    public sealed override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A blob writer is not read.");

    /// <inheritdoc/>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A blob is written from its start to its end.");

    /// <inheritdoc/>
    public sealed override void SetLength(long value) => throw new NotSupportedException("A blob is as long as what is written.");

    /// <summary>Takes bytes, which the caller may change afterwards.</summary>
    protected abstract ValueTask WriteCoreAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Makes the blob.</summary>
    protected abstract Task CommitCoreAsync(CancellationToken cancellationToken);

    /// <summary>Leaves nothing behind. Called at most once, also after a commit that failed; must not throw.</summary>
    protected abstract void Abort();

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
        {
            _ended = true;
            Abort();
        }

        base.Dispose(disposing);
    }
}
