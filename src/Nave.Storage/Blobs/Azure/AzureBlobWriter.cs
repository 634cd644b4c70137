using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Nave.Storage.Blobs.Azure;

/// <summary>
/// Writes a block blob: blocks as they fill (Put Block), then the list of them (Put Block List), which makes the blob. Blocks
/// that are never listed are invisible, and the service forgets them after a week.
/// </summary>
internal sealed class AzureBlobWriter : BlobWriteStream
{
    // Azure's limit for a blob.
    private const int MaxBlocks = 50_000;

    private readonly string _name;
    private readonly BlobAddress _address;
    private readonly BlobRequests _requests;
    private readonly BlobWriteOptions _options;

    // Unlike those of a writer beside us under the same name, so that neither commits the other's.
    private readonly Guid _id = Guid.NewGuid();
    private byte[] _block;
    private readonly int _blockBytes;
    private int _filled;
    private int _blocks;

    public AzureBlobWriter(string name, BlobAddress address, BlobRequests requests, BlobWriteOptions options, int blockBytes)
    {
        _name = name;
        _address = address;
        _requests = requests;
        _options = options;
        _blockBytes = blockBytes;

        // Grown as it is filled: most blobs are small.
        _block = new byte[Math.Min(blockBytes, 64 * 1024)];
    }

    /// <inheritdoc/>
    protected override async ValueTask WriteCoreAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            if (_filled == _blockBytes)
            {
                await PutBlockAsync(cancellationToken).ConfigureAwait(false);
            }

            var count = Math.Min(buffer.Length, _blockBytes - _filled);
            if (_filled + count > _block.Length)
            {
                Array.Resize(ref _block, (int)Math.Min(_blockBytes, Math.Max(_block.Length * 2L, _filled + (long)count)));
            }

            buffer[..count].CopyTo(_block.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    protected override async Task CommitCoreAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
        {
            await PutBlockAsync(cancellationToken).ConfigureAwait(false);
        }

        var list = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for (var i = 0; i < _blocks; i++)
        {
            list.Append("<Latest>").Append(BlockId(i)).Append("</Latest>");
        }

        var body = Encoding.UTF8.GetBytes(list.Append("</BlockList>").ToString());
        var (answer, attempts) = await _requests.SendAsync(() => CommitRequest(body), [HttpStatusCode.Conflict], cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            // An attempt whose answer was lost may be what made the blob.
            if (answer.StatusCode == HttpStatusCode.Conflict && (attempts == 1 || !await IsOursAsync(cancellationToken).ConfigureAwait(false)))
            {
                throw new BlobException(BlobError.Exists, $"'{_address}' has a blob '{_name}' already.");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Abort() => _block = [];

    private async Task PutBlockAsync(CancellationToken cancellationToken)
    {
        if (_blocks == MaxBlocks)
        {
            throw new BlobException(BlobError.Invalid, $"The blob '{_name}' is too large: {MaxBlocks} blocks of {_blockBytes} bytes are permitted.");
        }

        var query = $"comp=block&blockid={Uri.EscapeDataString(BlockId(_blocks))}";
        var (answer, _) = await _requests.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, _address.OfBlob(_name, query)) { Content = new ByteArrayContent(_block, 0, _filled) },
            [],
            cancellationToken).ConfigureAwait(false);
        answer.Dispose();
        _blocks++;
        _filled = 0;
    }

    private HttpRequestMessage CommitRequest(byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, _address.OfBlob(_name, "comp=blocklist")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        request.Headers.Add("x-ms-blob-content-type", _options.ContentType);
        if (_options.OnlyIfAbsent)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            request.Headers.Add("x-ms-meta-navewriter", _id.ToString("N"));
        }

        return request;
    }

    private async Task<bool> IsOursAsync(CancellationToken cancellationToken)
    {
        var (answer, _) = await _requests.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Head, _address.OfBlob(_name)), [HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            return answer.Headers.TryGetValues("x-ms-meta-navewriter", out var ids) && ids.First() == _id.ToString("N");
        }
    }

    // All of one length, as the service demands.
    private string BlockId(int number)
    {
        Span<byte> id = stackalloc byte[20];
        _id.TryWriteBytes(id);
        BinaryPrimitives.WriteInt32BigEndian(id[16..], number);
        return Convert.ToBase64String(id);
    }
}
