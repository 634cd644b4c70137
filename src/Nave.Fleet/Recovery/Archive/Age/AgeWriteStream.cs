using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Encrypts a stream in chunks of 64 KiB (STREAM with ChaCha20-Poly1305). <see cref="CompleteAsync"/> ends it; without that it cannot be read.</summary>
internal sealed class AgeWriteStream : Stream
{
    /// <summary>The length of a chunk, in bytes.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>The length of what authenticates a chunk.</summary>
    public const int TagBytes = 16;

    private readonly Stream _target;
    private readonly ChaCha20Poly1305 _cipher;
    private readonly byte[] _plain = new byte[ChunkBytes];
    private readonly byte[] _sealed = new byte[ChunkBytes + TagBytes];
    private long _chunk;
    private int _length;

    private AgeWriteStream(Stream target, byte[] key)
    {
        _target = target;
        _cipher = new ChaCha20Poly1305(key);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes the header and opens the stream.</summary>
    public static async ValueTask<AgeWriteStream> OpenAsync(Stream target, AgeKey key, CancellationToken cancellationToken)
    {
        var fileKey = RandomNumberGenerator.GetBytes(AgeHeader.FileKeyBytes);
        var nonce = RandomNumberGenerator.GetBytes(16);
        await target.WriteAsync(AgeHeader.Write(key, fileKey), cancellationToken).ConfigureAwait(false);
        await target.WriteAsync(nonce, cancellationToken).ConfigureAwait(false);
        return new AgeWriteStream(target, PayloadKey(fileKey, nonce));
    }

    /// <summary>Derives what a payload is encrypted with.</summary>
    public static byte[] PayloadKey(byte[] fileKey, byte[] nonce) => HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, 32, nonce, "payload"u8.ToArray());

    /// <summary>Makes the nonce of a chunk: 11 bytes with its number, one that says whether it is the last.</summary>
    public static void Nonce(Span<byte> nonce, long chunk, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], chunk);
        nonce[11] = isLast ? (byte)1 : (byte)0;
    }

    /// <summary>Writes the last chunk.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => SealAsync(isLast: true, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            // A full chunk is written when more comes, for only then is it not the last.
            if (_length == ChunkBytes)
            {
                await SealAsync(isLast: false, cancellationToken).ConfigureAwait(false);
            }

            var count = Math.Min(buffer.Length, ChunkBytes - _length);
            buffer[..count].CopyTo(_plain.AsMemory(_length));
            _length += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is written asynchronously.");

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
        // Chunks are written when they are full.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
        base.Dispose(disposing);
    }

    private async ValueTask SealAsync(bool isLast, CancellationToken cancellationToken)
    {
        Seal(isLast);
        await _target.WriteAsync(_sealed.AsMemory(0, _length + TagBytes), cancellationToken).ConfigureAwait(false);
        _length = 0;
    }

    private void Seal(bool isLast)
    {
        Span<byte> nonce = stackalloc byte[12];
        Nonce(nonce, _chunk++, isLast);
        _cipher.Encrypt(nonce, _plain.AsSpan(0, _length), _sealed.AsSpan(0, _length), _sealed.AsSpan(_length, TagBytes));
    }
}
