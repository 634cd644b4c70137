using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Client;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>
/// Calls a registry's API: in its rate, a bounded number at a time, each attempt with a time limit; what may be repeated is, on 408, 429, 500,
/// 502, 503, 504 and broken connections, after what <c>Retry-After</c> asks for; a refused token is renewed once. Every failure is a
/// <see cref="ProviderException"/> whose message has no secret. Thread-safe.
/// </summary>
internal sealed partial class ProviderTransport : IDisposable
{
    // A page of 1000 devices with ten attributes of 200 characters is 3 MiB; what is far beyond is no page.
    private const int MaxAnswerBytes = 32 << 20;

    private readonly string _name;
    private readonly ProviderTransportOptions _options;
    private readonly TimeProvider _time;
    private readonly CallRate _rate;
    private readonly SemaphoreSlim _underWay;
    private readonly HttpClient _client;
    private readonly ILogger _logger;
    private readonly Func<int, ProviderError, ProviderFailure?>? _classify;

    /// <summary>Initializes the transport; it connects at the first call.</summary>
    /// <param name="name">The registry, for messages, such as <c>ThingPark</c>.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">The clock, and who is told of repetitions.</param>
    /// <param name="classify">Knows better what a status with an error means, or returns <see langword="null"/>.</param>
    /// <exception cref="ProviderException">The CA file cannot be read.</exception>
    public ProviderTransport(string name, ProviderTransportOptions options, ProviderContext context, Func<int, ProviderError, ProviderFailure?>? classify = null)
    {
        _name = name;
        _options = options;
        _time = context.TimeProvider;
        _logger = context.Loggers.CreateLogger<ProviderTransport>();
        _classify = classify;
        _rate = new CallRate(options.CallsPerSecond, _time);
        _underWay = new SemaphoreSlim(options.Parallelism);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.CaFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = Trust(file);
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>Makes a call and reads the whole answer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="credentials">Give the token; <see langword="null"/> = the call needs none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ProviderException">The registry did not answer, or refused.</exception>
    public async Task<ProviderAnswer> SendAsync(ProviderCall call, IProviderCredentials? credentials, CancellationToken cancellationToken)
    {
        var wait = _options.FirstRetryDelay;
        var mayRenew = credentials?.CanRenew ?? false;
        for (var attempt = 0; ; attempt++)
        {
            ProviderException failure;
            var token = credentials is null ? null : await credentials.GetTokenAsync(cancellationToken).ConfigureAwait(false);
            await _underWay.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await _rate.WaitAsync(cancellationToken).ConfigureAwait(false);
                var (answer, refusal, status) = await SendOnceAsync(call, token, credentials, cancellationToken).ConfigureAwait(false);
                if (answer is not null)
                {
                    return answer;
                }

                failure = refusal!;
                if (status == 401 && mayRenew)
                {
                    // Once: a fresh token that is refused too means that something else is wrong.
                    mayRenew = false;
                    Log.Renews(_logger, failure.Message);
                    credentials!.Reject(token!);
                    continue;
                }

                if (status == 429)
                {
                    // Not executed, whatever it was. The other calls need not try either.
                    _rate.Hold(failure.RetryAfter ?? TimeSpan.Zero);
                }

                if (!failure.IsTransient || attempt >= _options.MaxRetries || !(call.IsIdempotent || status == 429) || failure.RetryAfter > _options.LongestRetryDelay)
                {
                    throw failure;
                }
            }
            finally
            {
                _underWay.Release();
            }

            var delay = failure.RetryAfter > wait ? failure.RetryAfter.Value : wait;
            Log.Repeats(_logger, failure.Message, delay.TotalSeconds);
            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            wait = wait * 2 < _options.LongestRetryDelay ? wait * 2 : _options.LongestRetryDelay;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _underWay.Dispose();
    }

    /// <summary>Reads <c>Retry-After</c> (seconds or a date, RFC 9110 section 10.2.3) or <c>X-Rate-Limit-Retry</c> (seconds, The Things Stack).</summary>
    internal static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter?.Delta ?? (headers.RetryAfter?.Date is { } date ? date - now : null);
        if (wait is null
            && headers.TryGetValues("X-Rate-Limit-Retry", out var values)
            && int.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            wait = TimeSpan.FromSeconds(seconds);
        }

        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static X509ChainPolicy Trust(string file)
    {
        try
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(ClientTrust.LoadPem(file));
            return policy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or System.Security.Cryptography.CryptographicException)
        {
            throw new ProviderException(ProviderFailure.Permanent, $"The authorities to trust cannot be read from {file}. {e.Message}", null, e);
        }
    }

    private static ProviderFailure Classify(int status) => status switch
    {
        401 => ProviderFailure.Authentication,
        404 or 410 => ProviderFailure.NotFound,
        409 => ProviderFailure.AlreadyExists,
        408 or 429 or 500 or 502 or 503 or 504 => ProviderFailure.Transient,
        _ => ProviderFailure.Permanent,
    };

    private async Task<(ProviderAnswer? Answer, ProviderException? Failure, int Status)> SendOnceAsync(
        ProviderCall call, string? token, IProviderCredentials? credentials, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(call.Method, call.Uri);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(call.Body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType);
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode || call.Accepts.Contains(status))
            {
                return (new ProviderAnswer(call, status, body, TotalCount(response.Headers)), null, status);
            }

            var error = ProviderError.Parse(body);
            var failure = _classify?.Invoke(status, error) ?? Classify(status);
            var said = Redaction.Clean(
                error.Message.Length > 0 ? error.Message : response.ReasonPhrase ?? string.Empty, [.. call.Secrets, .. credentials?.Secrets ?? [], token ?? string.Empty]);
            var text = string.Create(CultureInfo.InvariantCulture, $"{_name} could not {call.What}: HTTP {status}{(said.Length > 0 ? ", " : string.Empty)}{said}");
            return (null, new ProviderException(failure, text, failure == ProviderFailure.Transient ? RetryAfter(response.Headers, _time.GetUtcNow()) : null), status);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new ProviderException(ProviderFailure.Transient, $"{_name} could not {call.What}: {call.Uri.Host} did not answer within {_options.Timeout.TotalSeconds:0.###} s.", null, e), 0);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            return (null, new ProviderException(ProviderFailure.Permanent, $"{_name} could not {call.What}: the certificate of {call.Uri.Host} is not trusted.", null, e), 0);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var reason = Redaction.Clean(e.Message, [.. call.Secrets, .. credentials?.Secrets ?? [], token ?? string.Empty]);
            return (null, new ProviderException(ProviderFailure.Transient, $"{_name} could not {call.What}: {reason}", null, e), 0);
        }
    }

    private static long? TotalCount(HttpResponseHeaders headers) =>
        headers.TryGetValues("X-Total-Count", out var values) && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : null;

    // Messages of failures are redacted where they are made.
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Failure} It is tried again in {Seconds} s.")]
        public static partial void Repeats(ILogger logger, string failure, double seconds);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Failure} The token is renewed.")]
        public static partial void Renews(ILogger logger, string failure);
    }
}
