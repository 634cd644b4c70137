using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Xml;

namespace Nave.Storage.Blobs.Azure;

/// <summary>A container of an Azure storage account, over its REST API, with the rights of a shared access signature.</summary>
internal sealed class AzureBlobContainer(BlobAddress address, BlobContainerOptions options) : IBlobContainer
{
    private readonly BlobRequests _requests = new(address.Container, options);

    /// <inheritdoc/>
    public Uri Address => address.Container;

    /// <inheritdoc/>
    public async Task<BlobItem?> FindAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        var (answer, _) = await _requests.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Head, address.OfBlob(name)), [HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            return answer.StatusCode == HttpStatusCode.NotFound
                ? NoBlob(answer)
                : new BlobItem(name, answer.Content.Headers.ContentLength ?? 0, answer.Content.Headers.LastModified ?? default);
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        if (length == 0)
        {
            return await FindAsync(name, cancellationToken).ConfigureAwait(false) is null ? null : Stream.Null;
        }

        var (answer, _) = await _requests.SendAsync(
            () => ReadRequest(name, offset, length, etag: null),
            [HttpStatusCode.NotFound, HttpStatusCode.RequestedRangeNotSatisfiable],
            cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
        {
            return new AzureBlobReader(answer, offset, length, ReopenAsync, _requests);
        }

        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                NoBlob(answer);
                return null;
            }

            return Stream.Null; // The range begins beyond the end.
        }

        async Task<HttpResponseMessage> ReopenAsync(long from, long? rest, EntityTagHeaderValue? etag, CancellationToken cancellation)
        {
            var (again, _) = await _requests.SendAsync(
                () => ReadRequest(name, from, rest, etag), [HttpStatusCode.NotFound, HttpStatusCode.RequestedRangeNotSatisfiable], cancellation).ConfigureAwait(false);
            if (again.IsSuccessStatusCode)
            {
                return again;
            }

            again.Dispose();
            throw new BlobException(BlobError.Changed, $"The blob '{name}' of '{Address}' was deleted while it was read.");
        }
    }

    /// <inheritdoc/>
    public Task<BlobWriteStream> OpenWriteAsync(string name, BlobWriteOptions writeOptions, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        ArgumentNullException.ThrowIfNull(writeOptions);
        return Task.FromResult<BlobWriteStream>(new AzureBlobWriter(name, address, _requests, writeOptions, options.BlockBytes));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? marker = null;
        do
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"restype=container&comp=list&maxresults={options.ListPageSize}")
                + (prefix.Length > 0 ? $"&prefix={Uri.EscapeDataString(prefix)}" : "")
                + (marker is not null ? $"&marker={Uri.EscapeDataString(marker)}" : "");
            var page = await ReadPageAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            marker = page.NextMarker;
        }
        while (marker is not null);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        var (answer, attempts) = await _requests.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, address.OfBlob(name)), [HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                NoBlob(answer);
                return attempts > 1; // An attempt whose answer was lost may have deleted it.
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _requests.Dispose();

    private static HttpRequestMessage WithRange(HttpRequestMessage request, long offset, long? length)
    {
        if (offset > 0 || length is not null)
        {
            request.Headers.Range = new RangeHeaderValue(offset, length is { } count ? offset + count - 1 : null);
        }

        return request;
    }

    private HttpRequestMessage ReadRequest(string name, long offset, long? length, EntityTagHeaderValue? etag)
    {
        var request = WithRange(new HttpRequestMessage(HttpMethod.Get, address.OfBlob(name)), offset, length);
        if (etag is not null)
        {
            request.Headers.IfMatch.Add(etag);
        }

        return request;
    }

    // 404 says either that the blob is missing or that the container is.
    private BlobItem? NoBlob(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("x-ms-error-code", out var codes) && codes.First() is "ContainerNotFound" or "ContainerBeingDeleted"
            ? throw new BlobException(BlobError.NoContainer, $"The blob store has no container '{Address}'.")
            : null;

    private async Task<BlobListPage> ReadPageAsync(string query, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (answer, _) = await _requests.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, address.OfContainer(query)), [], cancellationToken).ConfigureAwait(false);
            using (answer)
            {
                try
                {
                    using var limit = new CancellationTokenSource(_requests.ReadTimeout, _requests.Time);
                    using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                    await using var body = await answer.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
                    return await BlobListReader.ReadAsync(body, both.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    if (attempt >= _requests.MaxAttempts)
                    {
                        throw _requests.Unreachable("a page of the listing broke off", attempt, e);
                    }
                }
                catch (XmlException e)
                {
                    throw new BlobException(BlobError.Invalid, $"'{Address}' answered a listing with what is not a list of blobs.", e);
                }
            }

            await _requests.PauseAsync(attempt, asked: null, cancellationToken).ConfigureAwait(false);
        }
    }
}
