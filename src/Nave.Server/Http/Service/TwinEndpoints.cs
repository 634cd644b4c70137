using System.Globalization;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Http.Service;

/// <summary>Twins of devices and modules, and queries over them.</summary>
internal static class TwinEndpoints
{
    private const int MaxPage = 1000;

    // Tags 8 KiB and desired 32 KiB count values and names only: JSON, escapes and read-only parts come on top.
    private const int MaxTwinBytes = 512 * 1024;

    // 8192 characters of query in JSON.
    private const int MaxQueryBytes = 64 * 1024;

    public static void Map(HubRoutes routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/twins/{deviceId}", "/twins/{deviceId}/modules/{moduleId}"])
        {
            routes.Service("GET", path, AccessRights.ServiceConnect, GetAsync);
            routes.Service("PATCH", path, AccessRights.ServiceConnect, PatchAsync);
            routes.Service("PUT", path, AccessRights.ServiceConnect, ReplaceAsync);
        }

        routes.Service("POST", "/devices/query", AccessRights.ServiceConnect, QueryAsync);
    }

    private static async Task GetAsync(HubRequest request) =>
        await WriteAsync(request, await request.Hub.Twins.GetAsync(request.Identity, request.Aborted));

    private static Task PatchAsync(HubRequest request) =>
        ChangeAsync(request, body => request.Hub.Twins.PatchAsync(request.Identity, body, request.IfMatch, request.Aborted));

    private static Task ReplaceAsync(HubRequest request) =>
        ChangeAsync(request, body => request.Hub.Twins.ReplaceAsync(request.Identity, body, request.IfMatch, request.Aborted));

    private static async Task ChangeAsync(
        HubRequest request, Func<ReadOnlyMemory<byte>, ValueTask<HubResult<ReadOnlyMemory<byte>>>> change)
    {
        var body = await request.ReadBodyAsync(MaxTwinBytes);
        await WriteAsync(request, body.IsSuccess ? await change(body.Value) : body.Error);
    }

    private static Task WriteAsync(HubRequest request, HubResult<ReadOnlyMemory<byte>> twin) =>
        twin.IsSuccess ? request.WriteJsonAsync(twin.Value) : request.WriteErrorAsync(twin.Error);

    private static async Task QueryAsync(HubRequest request)
    {
        var headers = request.Context.Request.Headers;
        int? pageSize = null;
        if (headers["x-ms-max-item-count"].ToString() is { Length: > 0 } text)
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out var size) || size is < 1 or > MaxPage)
            {
                await request.WriteErrorAsync(new HubError(
                    HubErrorCode.ArgumentInvalid, $"'x-ms-max-item-count' is '{text}'; 1 to {MaxPage} are permitted."));
                return;
            }

            pageSize = size;
        }

        var body = await request.ReadJsonAsync(ApiJson.Default.QueryBody, MaxQueryBytes);
        if (!body.IsSuccess || body.Value.Query is not { } query)
        {
            await request.WriteErrorAsync(
                body.Error ?? new HubError(HubErrorCode.IotHubFormatError, "The body must be {\"query\": \"SELECT …\"}."));
            return;
        }

        // An empty continuation is none: some clients send the header always.
        var continuation = headers["x-ms-continuation"].ToString() is { Length: > 0 } token ? token : null;
        var page = await request.Hub.Queries.RunAsync(query, pageSize, continuation, request.Aborted);
        if (!page.IsSuccess)
        {
            await request.WriteErrorAsync(page.Error);
            return;
        }

        var response = request.Context.Response;
        response.Headers["x-ms-item-type"] = page.Value.ItemType;
        if (page.Value.Continuation is { } next)
        {
            response.Headers["x-ms-continuation"] = next;
        }

        await request.WriteJsonAsync(JsonArrayOf(page.Value.Items));
    }

    private static byte[] JsonArrayOf(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        var array = new byte[2 + items.Sum(item => item.Length) + Math.Max(0, items.Count - 1)];
        var at = 0;
        array[at++] = (byte)'[';
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                array[at++] = (byte)',';
            }

            items[i].Span.CopyTo(array.AsSpan(at));
            at += items[i].Length;
        }

        array[at] = (byte)']';
        return array;
    }
}
