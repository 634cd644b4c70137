using Nave.Api;

namespace Nave.Client;

/// <content>Where files of devices go. Nave only: Azure has it on its management plane.</content>
public sealed partial class ServiceClient
{
    /// <summary>Reads where files of devices go; secrets are not in it.</summary>
    /// <exception cref="HubException">404000: nowhere.</exception>
    public async Task<RawJson> GetFileUploadAsync(CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Get, "nave/file-upload"), cancellationToken).ConfigureAwait(false));

    /// <summary>Changes where files of devices go.</summary>
    /// <param name="settings"><c>{"container","connectionString","timeToLiveMinutes","notifications","maxActivePerDevice","maxBytes"}</c>: docs/file-upload.md.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What <see cref="GetFileUploadAsync"/> returns afterwards.</returns>
    /// <exception cref="HubException">400004, 400017 (the container cannot be used), 503001.</exception>
    public async Task<RawJson> SetFileUploadAsync(RawJson settings, CancellationToken cancellationToken = default) =>
        ToJson(await _http.SendAsync(new HubCall(HttpMethod.Put, "nave/file-upload") { Body = settings.Utf8 }, cancellationToken).ConfigureAwait(false));

    /// <summary>Ends file upload: devices cannot upload any more.</summary>
    public Task DeleteFileUploadAsync(CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, "nave/file-upload"), cancellationToken);
}
