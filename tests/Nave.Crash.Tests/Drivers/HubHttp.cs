using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Crash.Tests.Hosting;

namespace Nave.Crash.Tests.Drivers;

/// <summary>HTTPS requests that are made exactly once: nothing between the test and the hub repeats one.</summary>
internal sealed class HubHttp : IDisposable
{
    private const string ApiVersion = "api-version=2021-04-12";

    // Nothing takes that long: it ends a test that hangs.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(45);

    private readonly HttpClient _http;
    private readonly HubAddress _hub;
    private readonly string _ownerToken;

    public HubHttp(HubAddress hub)
    {
        _hub = hub;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(hub.Roots);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { TargetHost = hub.Owner.HostName, CertificateChainPolicy = policy },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://{hub.Owner.HostName}:{hub.HttpsPort}/"), Timeout = s_timeout };
        _ownerToken = SasToken.Create(
            hub.Owner.HostName,
            Convert.FromBase64String(hub.Owner.SharedAccessKey!),
            TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(12),
            hub.Owner.SharedAccessKeyName);
    }

    /// <summary>Makes a request of the service side.</summary>
    public Task<HubReply> ServiceAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte> json = default, string? ifMatch = null, CancellationToken cancellationToken = default) =>
        SendAsync(method, path, _ownerToken, json, "application/json", ifMatch, null, cancellationToken);

    /// <summary>Makes a request of the device side.</summary>
    public Task<HubReply> DeviceAsync(
        HttpMethod method, string deviceId, string path, (string Name, string Value)? header = null, CancellationToken cancellationToken = default) =>
        SendAsync(
            method, $"devices/{deviceId}/{path}", DeviceKeys.TokenOf(_hub.Owner.HostName, deviceId), default, "", null, header, cancellationToken);

    /// <summary>Sends events of a device.</summary>
    public Task<HubReply> SendEventsAsync(string deviceId, byte[] body, string contentType) =>
        SendAsync(
            HttpMethod.Post, $"devices/{deviceId}/messages/events", DeviceKeys.TokenOf(_hub.Owner.HostName, deviceId), body, contentType, null, null, CancellationToken.None);

    /// <summary>Opens the stream of events.</summary>
    /// <param name="query">Such as <c>from=earliest&amp;untilEnd=true</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HttpRequestException">Not reachable, or refused.</exception>
    public async Task<Stream> EventsAsync(string query, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "nave/events?" + query);
        request.Headers.TryAddWithoutValidation("Authorization", _ownerToken);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HubReply> SendAsync(
        HttpMethod method,
        string path,
        string token,
        ReadOnlyMemory<byte> body,
        string contentType,
        string? ifMatch,
        (string Name, string Value)? header,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + ApiVersion);
        request.Headers.TryAddWithoutValidation("Authorization", token);
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch == "*" ? ifMatch : $"\"{ifMatch}\"");
        }

        if (header is { } extra)
        {
            request.Headers.TryAddWithoutValidation(extra.Name, extra.Value);
        }

        // HttpClient repeats a request on a broken connection unless it has content: an empty one will do.
        request.Content = new ReadOnlyMemoryContent(body);
        if (!body.IsEmpty)
        {
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return new HubReply((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken), response.Headers);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException || (e is TaskCanceledException && e.InnerException is not TimeoutException))
        {
            // Cut off by the kill, or by the disposal that follows it.
            return new HubReply(0, default, null);
        }
    }
}
