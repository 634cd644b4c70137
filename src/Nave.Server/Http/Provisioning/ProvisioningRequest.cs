using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;
using Nave.Hub.Queries;

namespace Nave.Server.Http.Provisioning;

/// <summary>One request to the provisioning service.</summary>
internal sealed class ProvisioningRequest(HttpContext context, ProvisioningService service, int maxBodyBytes) : ApiRequest(context, maxBodyBytes)
{
    private const string Continuation = "x-ms-continuation";
    private const string MaxItemCount = "x-ms-max-item-count";
    private const int MaxPage = 1000;

    public ProvisioningService Service { get; } = service;

    /// <summary>Gets the <c>If-Match</c> header as it came, or <see langword="null"/> if there is none.</summary>
    public string? Condition => Context.Request.Headers.IfMatch.ToString() is { Length: > 0 } text ? text : null;

    public override Task WriteErrorAsync(HubError error) => ProvisioningErrors.WriteAsync(Context, error);

    /// <summary>Answers a query: the body is <c>{"query":"…"}</c> or nothing, the page is in headers. Wire facts 18.3.</summary>
    /// <param name="run">Runs it, given the text, the size of the page and where it goes on.</param>
    public async Task RunQueryAsync(Func<string?, int?, string?, ValueTask<HubResult<QueryPage>>> run)
    {
        var body = await ReadBodyAsync(int.MaxValue);
        if (!body.IsSuccess)
        {
            await WriteErrorAsync(body.Error);
            return;
        }

        QueryBody? query = null;
        if (!body.Value.IsEmpty && !ApiJson.TryRead(body.Value.Span, ApiJson.Default.QueryBody, out query, out var error))
        {
            await WriteErrorAsync(error);
            return;
        }

        var headers = Context.Request.Headers;
        int? size = null;
        if (headers[MaxItemCount].ToString() is { Length: > 0 } text)
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MaxPage)
            {
                await WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'{MaxItemCount}' is '{text}'; 1 to {MaxPage} are permitted."));
                return;
            }

            size = count;
        }

        var page = await run(query?.Query, size, headers[Continuation].ToString() is { Length: > 0 } token ? token : null);
        if (!page.IsSuccess)
        {
            await WriteErrorAsync(page.Error);
            return;
        }

        var response = Context.Response.Headers;
        response["x-ms-item-type"] = page.Value.ItemType;
        response[MaxItemCount] = page.Value.Count.ToString(CultureInfo.InvariantCulture);
        if (page.Value.Continuation is { } next)
        {
            response[Continuation] = next;
        }

        await WriteJsonAsync(page.Value.Json);
    }
}
