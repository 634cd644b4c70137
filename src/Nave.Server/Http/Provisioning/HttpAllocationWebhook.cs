using System.Net;
using System.Net.Http.Headers;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Provisioning;

namespace Nave.Server.Http.Provisioning;

/// <summary>Posts to allocation webhooks. A server's certificate has to be good for this machine (<c>SSL_CERT_FILE</c> adds authorities).</summary>
internal sealed class HttpAllocationWebhook : IAllocationWebhook, IDisposable
{
    // A twin and a payload.
    private const int MaxAnswerBytes = 128 * 1024;

    private readonly HttpClient _client;

    /// <summary>Initializes a new instance of the <see cref="HttpAllocationWebhook"/> class.</summary>
    /// <param name="timeOut">How long an answer may take; <see langword="null"/> = 10 s, twice what a cold function needs.</param>
    public HttpAllocationWebhook(TimeSpan? timeOut = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false };
        _client = new HttpClient(handler) { Timeout = timeOut ?? TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <inheritdoc/>
    public async ValueTask<HubResult<ReadOnlyMemory<byte>>> PostAsync(Uri url, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        try
        {
            using var answer = await _client.PostAsync(url, content, cancellationToken);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                return new HubError(HubErrorCode.CustomAllocationUnauthorizedAccess, $"The allocation webhook answered with status {(int)answer.StatusCode}.");
            }

            return answer.IsSuccessStatusCode
                ? (ReadOnlyMemory<byte>)await answer.Content.ReadAsByteArrayAsync(cancellationToken)
                : Failed($"answered with status {(int)answer.StatusCode}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"did not answer within {_client.Timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException e)
        {
            return Failed($"could not be reached, or its answer has more than {MaxAnswerBytes} bytes ({e.HttpRequestError})"); // Not its text, which may have the address.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static HubError Failed(string what) => new(HubErrorCode.CustomAllocationFailed, $"The allocation webhook {what}.");
}
