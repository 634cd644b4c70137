using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;

namespace Nave.Client;

/// <content>Twins and queries.</content>
public sealed partial class ServiceClient
{
    /// <summary>Gets the twin of a device or module.</summary>
    /// <exception cref="HubException">404001, 404010.</exception>
    public async Task<RawJson> GetTwinAsync(IdentityId id, CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, TwinPath(id)), cancellationToken).ConfigureAwait(false));

    /// <summary>Merges a patch of tags and desired properties; <c>null</c> values delete.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">Such as <c>{"tags":{…},"properties":{"desired":{…}}}</c>.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The whole twin afterwards.</returns>
    /// <exception cref="HubException">400004, 404001, 404010, 412001.</exception>
    public Task<RawJson> PatchTwinAsync(IdentityId id, RawJson patch, string? etag = null, CancellationToken cancellationToken = default) =>
        ChangeTwinAsync(HttpMethod.Patch, id, patch, etag, cancellationToken);

    /// <summary>Replaces tags and desired properties.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="twin">A section that is missing is emptied.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The whole twin afterwards.</returns>
    /// <exception cref="HubException">400004, 404001, 404010, 412001.</exception>
    public Task<RawJson> ReplaceTwinAsync(IdentityId id, RawJson twin, string? etag = null, CancellationToken cancellationToken = default) =>
        ChangeTwinAsync(HttpMethod.Put, id, twin, etag, cancellationToken);

    /// <summary>Runs a query and reads its pages as they are asked for.</summary>
    /// <param name="query">Such as <c>SELECT * FROM devices</c>.</param>
    /// <param name="pageSize">1 to 1000.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <exception cref="HubException">400004 and other 400 codes: the hub names position and token.</exception>
    public async IAsyncEnumerable<RawJson> QueryAsync(
        string query, int pageSize = 100, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? continuation = null;
        do
        {
            var page = await QueryPageAsync(query, pageSize, continuation, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>Reads one page of a query.</summary>
    /// <param name="query">The text, at most 8192 characters.</param>
    /// <param name="pageSize">1 to 1000.</param>
    /// <param name="continuation">What the page before gave, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<QueryResult> QueryPageAsync(string query, int pageSize, string? continuation, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, "devices/query") { Body = Serialize(new QueryBody(query), ApiJson.Wire.QueryBody), IsIdempotent = true };
        call.Headers.Add(new("x-ms-max-item-count", pageSize.ToString(CultureInfo.InvariantCulture)));
        if (continuation is not null)
        {
            call.Headers.Add(new("x-ms-continuation", continuation));
        }

        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        using var document = JsonDocument.Parse(answer.Body);
        return new QueryResult(answer.ItemType ?? "Raw", [.. document.RootElement.EnumerateArray().Select(RawJson.From)], answer.Continuation);
    }

    private static RawJson ToJson(HubAnswer answer) =>
        RawJson.TryCreate(answer.Body, out var json) ? json : throw new InvalidDataException("The hub's answer is not JSON.");

    private async Task<RawJson> ChangeTwinAsync(HttpMethod method, IdentityId id, RawJson body, string? etag, CancellationToken cancellationToken)
    {
        var call = new HubCall(method, TwinPath(id)) { Body = body.Utf8, IsIdempotent = etag is null or "*" };
        return ToJson(await _http.SendAsync(call.IfMatch(etag), cancellationToken).ConfigureAwait(false));
    }
}
