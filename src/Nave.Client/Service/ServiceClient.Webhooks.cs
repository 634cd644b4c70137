using Nave.Api;

namespace Nave.Client;

/// <content>The webhooks that a hub tells of devices. Nave only: Azure has Event Grid for it.</content>
public sealed partial class ServiceClient
{
    /// <summary>Lists the webhooks, without secrets.</summary>
    /// <returns>An array of <c>{"name","url","schema","events","state","header","pending","dead","lastDelivered","lastProblem"}</c>.</returns>
    public async Task<RawJson> ListWebhooksAsync(CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/webhooks"), cancellationToken).ConfigureAwait(false));

    /// <summary>Adds or replaces a webhook; it is asked whether it wants events, which may take 30 s.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="webhook"><c>{"url","schema","events","headerName","headerValue","allowHttp"}</c>: docs/webhooks.md.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The webhook.</returns>
    /// <exception cref="HubException">400004, 403002.</exception>
    public async Task<RawJson> PutWebhookAsync(string name, RawJson webhook, CancellationToken cancellationToken = default) => ToJson(await _http.SendAsync(
        new HubCall(HttpMethod.Put, $"nave/webhooks/{Escape(name)}") { Body = webhook.Utf8, ExtraTime = TimeSpan.FromSeconds(30) }, cancellationToken).ConfigureAwait(false));

    /// <summary>Removes a webhook with what waits for it.</summary>
    /// <exception cref="HubException">404000.</exception>
    public Task DeleteWebhookAsync(string name, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, $"nave/webhooks/{Escape(name)}"), cancellationToken);

    /// <summary>Asks a webhook again whether it wants events, which may take 30 s.</summary>
    /// <returns><c>{"name","ok","status","problem"}</c>.</returns>
    /// <exception cref="HubException">404000.</exception>
    public async Task<RawJson> TestWebhookAsync(string name, CancellationToken cancellationToken = default) => ToJson(await _http.SendAsync(
        new HubCall(HttpMethod.Post, $"nave/webhooks/{Escape(name)}/test") { ExtraTime = TimeSpan.FromSeconds(30) }, cancellationToken).ConfigureAwait(false));

    /// <summary>Lists events that were given up, oldest first.</summary>
    /// <param name="name">The webhook.</param>
    /// <param name="top">The most to list, 1 to 1000.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404000.</exception>
    public async Task<RawJson> ListDeadWebhookEventsAsync(string name, int top = 100, CancellationToken cancellationToken = default) => ToJson(await _http.SendAsync(
        new HubCall(HttpMethod.Get, $"nave/webhooks/{Escape(name)}/dead") { Query = $"&top={top.ToString(System.Globalization.CultureInfo.InvariantCulture)}" }, cancellationToken).ConfigureAwait(false));

    /// <summary>Removes an event that was given up, or has it tried again.</summary>
    /// <exception cref="HubException">404000.</exception>
    public Task SettleDeadWebhookEventAsync(string name, string id, bool retry, CancellationToken cancellationToken = default)
    {
        var path = $"nave/webhooks/{Escape(name)}/dead/{Escape(id)}";
        return _http.SendAsync(retry ? new HubCall(HttpMethod.Post, path + "/retry") : new HubCall(HttpMethod.Delete, path), cancellationToken);
    }
}
