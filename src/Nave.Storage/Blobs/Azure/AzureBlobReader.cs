using System.Net.Http.Headers;

namespace Nave.Storage.Blobs.Azure;

/// <summary>Reads a blob, and goes on behind what it has when the connection is lost, as long as the blob is the same.</summary>
internal sealed class AzureBlobReader : Stream
{
    private readonly Func<long, long?, EntityTagHeaderValue?, CancellationToken, Task<HttpResponseMessage>> _reopen;
    private readonly BlobRequests _requests;
    private readonly EntityTagHeaderValue? _etag;
    private HttpResponseMessage? _answer;
    private Stream? _body;
    private long _position;

    // Without a length (a chunked answer, which the service does not give) the end of the body is the end.
    private long? _rest;
    private int _failures;

    /// <summary>Initializes a new instance of the <see cref="AzureBlobReader"/> class.</summary>
    /// <param name="answer">The first answer.</param>
    /// <param name="offset">Where it begins in the blob.</param>
    /// <param name="length">The most bytes to read.</param>
    /// <param name="reopen">Asks for the rest: from where, how much, of which version.</param>
    /// <param name="requests">What waits between attempts.</param>
    public AzureBlobReader(
        HttpResponseMessage answer, long offset, long? length, Func<long, long?, EntityTagHeaderValue?, CancellationToken, Task<HttpResponseMessage>> reopen, BlobRequests requests)
    {
        _answer = answer;
        _etag = answer.Headers.ETag;
        _position = offset;
        _rest = answer.Content.Headers.ContentLength ?? length;
        _reopen = reopen;
        _requests = requests;
    }

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
        while (!buffer.IsEmpty && _rest != 0)
        {
            Exception lost;
            try
            {
                var read = await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read > 0)
                {
                    _failures = 0;
                    _position += read;
                    _rest -= read;
                    return read;
                }

                if (_rest is null)
                {
                    return 0;
                }

                lost = new EndOfStreamException($"{_rest} bytes are missing");
            }
            catch (Exception e) when (e is HttpRequestException or IOException and not BlobException or TimeoutException)
            {
                lost = e;
            }

            Drop();
            if (++_failures >= _requests.MaxAttempts)
            {
                throw _requests.Unreachable($"the answer broke off at byte {_position}", _failures, lost);
            }

            await _requests.PauseAsync(_failures, asked: null, cancellationToken).ConfigureAwait(false);
        }

        return 0;
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
            Drop();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_requests.ReadTimeout, _requests.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            _answer ??= await _reopen(_position, _rest, _etag, cancellationToken).ConfigureAwait(false);
            _body ??= await _answer.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            return await _body.ReadAsync(buffer, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {_requests.ReadTimeout.TotalSeconds:0.#} s");
        }
    }

    private void Drop()
    {
        _body?.Dispose();
        _answer?.Dispose();
        (_body, _answer) = (null, null);
    }
}
