using Nave.Api;

namespace Nave.Client;

/// <content>The consumer groups of the event stream. Nave only: Azure has them on its management plane.</content>
public sealed partial class ServiceClient
{
    /// <summary>Lists the consumer groups; <c>$Default</c> is always among them.</summary>
    /// <returns>An array of <c>{"name",…}</c>.</returns>
    public async Task<RawJson> ListConsumerGroupsAsync(CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/consumer-groups"), cancellationToken).ConfigureAwait(false));

    /// <summary>Creates a consumer group.</summary>
    /// <param name="name">1 to 50 characters: letters, digits, <c>. - _</c>; names are compared in any letter case.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The group.</returns>
    /// <exception cref="HubException">400004, 409000.</exception>
    public async Task<RawJson> CreateConsumerGroupAsync(string name, CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Put, $"nave/consumer-groups/{Escape(name)}"), cancellationToken).ConfigureAwait(false));

    /// <summary>Deletes a consumer group; its readers are cut off.</summary>
    /// <exception cref="HubException">404000, 400003 for <c>$Default</c>.</exception>
    public Task DeleteConsumerGroupAsync(string name, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, $"nave/consumer-groups/{Escape(name)}"), cancellationToken);
}
