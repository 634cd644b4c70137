using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Nave.Api;

namespace Nave.Client;

/// <summary>Sends HTTPS requests to one hub, or to device provisioning: with a token, repeated where that is safe, errors as exceptions.</summary>
internal sealed class HubHttp : IDisposable
{
    // What the Node SDK sends (wire facts 4.1.3).
    private const string HubApiVersion = "2021-04-12";

    private readonly string _apiVersion;
    private readonly IotHubConnectionString _connection;
    private readonly ServiceClientOptions _options;
    private readonly HttpClient _client;
    private readonly byte[]? _key;
    private readonly Lock _gate = new();
    private string? _token;
    private DateTimeOffset _renewAt;

    public HubHttp(IotHubConnectionString connection, ServiceClientOptions options, string apiVersion = HubApiVersion)
    {
        _apiVersion = apiVersion;
        _connection = connection;
        _options = options;
        _key = connection.SharedAccessKey is null ? null : Convert.FromBase64String(connection.SharedAccessKey);
        var host = options.Endpoint.Host ?? connection.HostName;
        var port = options.Endpoint.Port ?? 443;
        var handler = new SocketsHttpHandler
        {
            SslOptions = ClientTrust.CreateOptions(connection.HostName, options.TrustedRoots, certificate: null),
            AllowAutoRedirect = false,
            UseCookies = false,

            // A hub's name keeps its meaning when its address changes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        };
        if (options.Endpoint.Host is not null || options.Endpoint.Port is not null)
        {
            handler.UseProxy = false;
            handler.ConnectCallback = (_, token) => ConnectAsync(host, port, token);
        }

        _client = new HttpClient(handler) { BaseAddress = new Uri($"https://{connection.HostName}/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="HubException">The hub refused.</exception>
    /// <exception cref="HttpRequestException">The hub could not be reached.</exception>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async Task<HubAnswer> SendAsync(HubCall call, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.FirstRetryDelay, _options.LongestRetryDelay, _options.Random);
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan? retryAfter;
            try
            {
                using var timeout = new CancellationTokenSource(_options.Timeout + call.ExtraTime, _options.TimeProvider);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                try
                {
                    using var response = await SendOnceAsync(call, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
                    var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
                    if (response.IsSuccessStatusCode
                        || (call.TakesBadRequest && response.StatusCode == HttpStatusCode.BadRequest && !ErrorBody.TryParse(body, out _, out _)))
                    {
                        return new HubAnswer(body, Header(response, "x-ms-continuation"), Header(response, "x-ms-item-type"));
                    }

                    var error = ErrorOf(response, body);
                    if (call.IsDelete && attempt > 0 && error.HttpStatus == 404)
                    {
                        // The attempt before this one took effect, though its answer was lost.
                        return new HubAnswer([], null, null);
                    }

                    // A throttled request was not executed: it may be repeated whatever it does.
                    if (!error.IsTransient || attempt >= _options.MaxRetries || !(call.IsIdempotent || error.HttpStatus == 429))
                    {
                        throw error;
                    }

                    retryAfter = response.Headers.RetryAfter?.Delta;
                }
                catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    throw new TimeoutException($"{_connection.HostName} did not answer {call.Method} {call.Path} within {_options.Timeout + call.ExtraTime}.");
                }
            }
            catch (HttpRequestException) when (call.IsIdempotent && attempt < _options.MaxRetries)
            {
                retryAfter = null;
            }

            var delay = backoff.Next();
            await Task.Delay(retryAfter > delay ? retryAfter.Value : delay, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a request and leaves the answer's body to be read as it comes.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HubCall call, CancellationToken cancellationToken)
    {
        var response = await SendOnceAsync(call, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw ErrorOf(response, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    public void Dispose() => _client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(host, port), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() is { Length: > 0 } value ? value : null : null;

    private static HubException ErrorOf(HttpResponseMessage response, byte[] body)
    {
        var status = (int)response.StatusCode;
        if (!ErrorBody.TryParse(body, out var error, out var trackingId))
        {
            error = new HubError(HubErrorCode.None, response.ReasonPhrase ?? "The answer has no error text.");
        }

        if (error.Code == HubErrorCode.None
            && Enum.TryParse<HubErrorCode>(Header(response, "iothub-errorcode"), out var code)
            && Enum.IsDefined(code))
        {
            error = error with { Code = code };
        }

        return new HubException(error, status, trackingId ?? Header(response, "x-ms-request-id"));
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HubCall call, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(call.Method, $"{call.Path}?api-version={_apiVersion}{call.Query}");
        request.Headers.TryAddWithoutValidation("Authorization", Token());
        foreach (var (name, value) in call.Headers)
        {
            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0 || !request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new ArgumentException($"{name} cannot be sent over HTTPS: its name has a character that no header may have, or its value a line end.");
            }
        }

        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType) { CharSet = call.ContentType == HubCall.Json ? "utf-8" : null };
        }

        return await _client.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
    }

    private string Token()
    {
        if (_key is null)
        {
            return _connection.SharedAccessSignature ?? string.Empty;
        }

        lock (_gate)
        {
            var now = _options.TimeProvider.GetUtcNow();
            if (_token is null || now >= _renewAt)
            {
                _token = SasToken.Create(_connection.HostName, _key, now + _options.TokenLifetime, _connection.SharedAccessKeyName);
                _renewAt = now + (_options.TokenLifetime * 0.85);
            }

            return _token;
        }
    }
}
