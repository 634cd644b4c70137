using System.Security.Cryptography;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Decrypts what <see cref="AgeWriteStream"/>, or age itself, has written. What it gives is authentic; one that is cut off ends with an error.</summary>
internal sealed class AgeReadStream : Stream
{
    private readonly Stream _source;
    private readonly ChaCha20Poly1305 _cipher;
    private readonly byte[] _sealed = new byte[AgeWriteStream.ChunkBytes + AgeWriteStream.TagBytes + 1];
    private readonly byte[] _plain = new byte[AgeWriteStream.ChunkBytes];
    private int _ahead;
    private int _length;
    private int _offset;
    private long _chunk;
    private bool _ended;

    private AgeReadStream(Stream source, byte[] key)
    {
        _source = source;
        _cipher = new ChaCha20Poly1305(key);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads the header and opens the stream.</summary>
    /// <exception cref="AgeException">It is damaged, or the key does not open it.</exception>
    public static async ValueTask<AgeReadStream> OpenAsync(Stream source, AgeKey key, CancellationToken cancellationToken)
    {
        var fileKey = await AgeHeader.ReadAsync(source, key, cancellationToken).ConfigureAwait(false);
        var nonce = new byte[16];
        if (await source.ReadAtLeastAsync(nonce, nonce.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < nonce.Length)
        {
            throw CutOff();
        }

        return new AgeReadStream(source, AgeWriteStream.PayloadKey(fileKey, nonce));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        if (_offset == _length && !_ended)
        {
            await OpenChunkAsync(cancellationToken).ConfigureAwait(false);
        }

        var count = Math.Min(buffer.Length, _length - _offset);
        _plain.AsMemory(_offset, count).CopyTo(buffer);
        _offset += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
        base.Dispose(disposing);
    }

    private static AgeException CutOff() => new("The archive is cut off.");

    private async ValueTask OpenChunkAsync(CancellationToken cancellationToken)
    {
        // One byte more than a chunk says whether this is the last.
        var whole = AgeWriteStream.ChunkBytes + AgeWriteStream.TagBytes;
        var count = _ahead + await _source.ReadAtLeastAsync(
            _sealed.AsMemory(_ahead), _sealed.Length - _ahead, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var isLast = count <= whole;
        var length = isLast ? count : whole;
        if (length < AgeWriteStream.TagBytes)
        {
            throw CutOff();
        }

        Open(length, isLast);
        if (isLast && _length == 0 && _chunk > 1)
        {
            throw new AgeException("The archive was altered: it ends with an empty chunk.");
        }

        _sealed[0] = _sealed[whole];
        _ahead = isLast ? 0 : 1;
        _ended = isLast;
    }

    private void Open(int length, bool isLast)
    {
        Span<byte> nonce = stackalloc byte[12];
        AgeWriteStream.Nonce(nonce, _chunk++, isLast);
        _length = length - AgeWriteStream.TagBytes;
        _offset = 0;
        try
        {
            _cipher.Decrypt(nonce, _sealed.AsSpan(0, _length), _sealed.AsSpan(_length, AgeWriteStream.TagBytes), _plain.AsSpan(0, _length));
        }
        catch (AuthenticationTagMismatchException)
        {
            _length = 0;
            throw new AgeException(isLast ? "The archive is cut off or was altered." : "The archive was altered.");
        }
    }
}
