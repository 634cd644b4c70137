using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Nave.Hub.Webhooks;

/// <summary>
/// Sends to webhooks. Redirects are not followed: who was asked and said yes is who gets the events. A server's certificate has to be
/// good for this machine (<c>SSL_CERT_FILE</c> adds authorities).
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    // A validation response.
    private const int MaxAnswerBytes = 64 * 1024;

    // Event Grid's.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    /// <summary>Initializes a new instance of the <see cref="WebhookSender"/> class.</summary>
    public WebhookSender(TimeProvider time)
    {
        _time = time;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>Delivers an event.</summary>
    /// <param name="hook">Where to.</param>
    /// <param name="body">The event in the webhook's schema.</param>
    /// <param name="attempts">How often it was tried before.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<WebhookAnswer> DeliverAsync(WebhookDefinition hook, ReadOnlyMemory<byte> body, int attempts, CancellationToken cancellationToken)
    {
        var (answer, _) = await SendAsync(
            hook,
            () =>
            {
                var request = Post(hook, body);
                request.Headers.Add("aeg-event-type", "Notification");
                request.Headers.Add("aeg-subscription-name", hook.Name.ToUpperInvariant());
                request.Headers.Add("aeg-delivery-count", attempts.ToString(CultureInfo.InvariantCulture));
                request.Headers.Add("aeg-data-version", "1");
                request.Headers.Add("aeg-metadata-version", "1");
                return request;
            },
            cancellationToken).ConfigureAwait(false);
        return answer.IsDelivered || answer.Problem is not null ? answer : answer with { Problem = $"It answered with status {answer.Status}." };
    }

    /// <summary>Asks a webhook whether it wants events: the handshake of its schema.</summary>
    /// <param name="hook">The webhook.</param>
    /// <param name="origin">Who asks: the hub's host name.</param>
    /// <param name="validation">Writes the event that asks, for Event Grid's schema, with this code.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it answered; the problem is null if it said yes.</returns>
    public Task<WebhookAnswer> AskAsync(WebhookDefinition hook, string origin, Func<string, byte[]> validation, CancellationToken cancellationToken) =>
        hook.Schema == WebhookSchema.CloudEvents ? AskForOriginAsync(hook, origin, cancellationToken) : AskForCodeAsync(hook, validation, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Post(WebhookDefinition hook, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(
            hook.Schema == WebhookSchema.CloudEvents ? "application/cloudevents+json" : "application/json", "utf-8");
        return request;
    }

    private async Task<WebhookAnswer> AskForCodeAsync(WebhookDefinition hook, Func<string, byte[]> validation, CancellationToken cancellationToken)
    {
        var code = Guid.NewGuid().ToString("D").ToUpperInvariant();
        var (answer, body) = await SendAsync(
            hook,
            () =>
            {
                var request = Post(hook, validation(code));
                request.Headers.Add("aeg-event-type", "SubscriptionValidation");
                request.Headers.Add("aeg-subscription-name", hook.Name.ToUpperInvariant());
                return request;
            },
            cancellationToken).ConfigureAwait(false);
        return answer.Problem is not null ? answer
            : answer.Status != 200 ? answer with { Problem = $"It answered the validation with status {answer.Status}; 200 is expected." }
            : !HasCode(body, code) ? answer with { Problem = "It answered the validation with 200 and without the validation code." }
            : answer;
    }

    private async Task<WebhookAnswer> AskForOriginAsync(WebhookDefinition hook, string origin, CancellationToken cancellationToken)
    {
        string? allowed = null;
        var (answer, _) = await SendAsync(
            hook,
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Options, hook.Url);
                request.Headers.Add("WebHook-Request-Origin", origin);
                return request;
            },
            cancellationToken,
            response => allowed = response.Headers.TryGetValues("WebHook-Allowed-Origin", out var values) ? values.First() : null).ConfigureAwait(false);
        return answer.Problem is not null ? answer
            : answer.Status is < 200 or > 299 ? answer with { Problem = $"It answered the request for permission (OPTIONS) with status {answer.Status}; 200 is expected." }
            : allowed != "*" && !origin.Equals(allowed, StringComparison.OrdinalIgnoreCase)
                ? answer with { Problem = $"It answered the request for permission (OPTIONS) without 'WebHook-Allowed-Origin: {origin}' or '*'." }
            : answer;
    }

    private static bool HasCode(byte[] body, string code)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("validationResponse", out var value)
                && value.ValueKind == JsonValueKind.String
                && CryptographicOperations.FixedTimeEquals(
                    System.Text.Encoding.UTF8.GetBytes(value.GetString()!), System.Text.Encoding.UTF8.GetBytes(code));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<(WebhookAnswer Answer, byte[] Body)> SendAsync(
        WebhookDefinition hook, Func<HttpRequestMessage> make, CancellationToken cancellationToken, Action<HttpResponseMessage>? read = null)
    {
        using var request = make();
        if (hook.HeaderName is { } name)
        {
            request.Headers.TryAddWithoutValidation(name, hook.HeaderValue);
        }

        using var limit = new CancellationTokenSource(s_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(request, both.Token).ConfigureAwait(false);
            read?.Invoke(response);
            return (new WebhookAnswer((int)response.StatusCode, null), await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (new WebhookAnswer(0, $"It did not answer within {s_timeout.TotalSeconds:0} s."), []);
        }
        catch (HttpRequestException e)
        {
            // Not its text, which may have the address.
            return (new WebhookAnswer(0, e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded
                ? $"Its answer has more than {MaxAnswerBytes} bytes."
                : $"It could not be reached ({e.HttpRequestError})."), []);
        }
    }
}
