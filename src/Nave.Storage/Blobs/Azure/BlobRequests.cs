using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Nave.Storage.Blobs.Azure;

/// <summary>
/// Sends requests to a storage account and tries those again that failed for a reason that may pass. Every request that it
/// sends can be repeated without harm. Messages of its exceptions have the service's error code, never the address's query.
/// </summary>
internal sealed class BlobRequests : IDisposable
{
    // The version of the REST API: 2021-12-02 is known to all clouds and to the emulator.
    private const string Version = "2021-12-02";

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);

    private readonly BlobContainerOptions _options;
    private readonly Uri _address;
    private readonly HttpClient _client;

    /// <summary>Initializes a new instance of the <see cref="BlobRequests"/> class.</summary>
    /// <param name="address">Where the container is, for messages.</param>
    /// <param name="options">How to speak to it.</param>
    public BlobRequests(Uri address, BlobContainerOptions options)
    {
        _address = address;
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(15),
        };
        if (options.TrustedAuthorities is { } trusted)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(trusted);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Gets how long one read of an answer may take.</summary>
    public TimeSpan ReadTimeout => _options.AttemptTimeout;

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>Gets how often anything is tried.</summary>
    public int MaxAttempts => _options.MaxAttempts;

    /// <summary>Sends a request until it is answered with a success or with a status that is expected.</summary>
    /// <param name="make">Makes the request; called once for each attempt.</param>
    /// <param name="expected">Statuses besides the successes that the caller looks at.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer, whose body is not read yet, and how many attempts it took. The caller disposes of the answer.</returns>
    /// <exception cref="BlobException">It was refused, or failed in every attempt.</exception>
    public async Task<(HttpResponseMessage Answer, int Attempts)> SendAsync(
        Func<HttpRequestMessage> make, HttpStatusCode[] expected, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = attempt >= _options.MaxAttempts;
            TimeSpan? asked = null;
            try
            {
                var answer = await SendOnceAsync(make, cancellationToken).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode || expected.Contains(answer.StatusCode))
                {
                    return (answer, attempt);
                }

                using (answer)
                {
                    if (last || !IsTransient(answer.StatusCode))
                    {
                        throw Refused(answer, attempt);
                    }

                    asked = answer.Headers.RetryAfter?.Delta;
                }
            }
            catch (HttpRequestException e) when (last || e.HttpRequestError == HttpRequestError.SecureConnectionError)
            {
                throw Unreachable($"{e.HttpRequestError} ({e.InnerException?.Message ?? e.Message})", attempt, e);
            }
            catch (HttpRequestException)
            {
                // Again.
            }
            catch (TimeoutException e) when (last)
            {
                throw Unreachable(e.Message, attempt, e);
            }
            catch (TimeoutException)
            {
                // Again.
            }

            await PauseAsync(attempt, asked, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="attempt">How many there were.</param>
    /// <param name="asked">How long the service wants us to wait, if it said so.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task PauseAsync(int attempt, TimeSpan? asked, CancellationToken cancellationToken)
    {
        var doubled = _options.RetryDelay * Math.Pow(2, Math.Min(attempt - 1, 16)) * (0.5 + Random.Shared.NextDouble());
        var wait = asked > doubled ? asked.Value : doubled;
        return Task.Delay(wait < s_longestWait ? wait : s_longestWait, Time, cancellationToken);
    }

    /// <summary>Makes the exception of a store that does not answer.</summary>
    public BlobException Unreachable(string why, int attempts, Exception inner) =>
        new(BlobError.Unavailable, $"The blob store of '{_address}' did not answer in {attempts} attempts: {why}.", inner);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private async Task<HttpResponseMessage> SendOnceAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var request = make();
        request.Headers.Add("x-ms-version", Version);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("nave", null));
        using var limit = new CancellationTokenSource(_options.AttemptTimeout, Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {_options.AttemptTimeout.TotalSeconds:0.#} s");
        }
    }

    // The body of a refusal quotes the request: only the code, a word that the service defines, is taken.
    private BlobException Refused(HttpResponseMessage answer, int attempts)
    {
        var code = answer.Headers.TryGetValues("x-ms-error-code", out var values) ? values.First() : null;
        if (code is null || code.Length > 64 || !code.All(char.IsAsciiLetterOrDigit))
        {
            code = "no error code";
        }

        var error = (answer.StatusCode, code) switch
        {
            (_, "ContainerNotFound" or "ContainerBeingDeleted" or "ContainerDisabled") => BlobError.NoContainer,
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => BlobError.Denied,
            (HttpStatusCode.NotFound, _) => BlobError.NoContainer,
            (HttpStatusCode.Conflict, "BlobAlreadyExists") => BlobError.Exists,
            (HttpStatusCode.PreconditionFailed, _) => BlobError.Changed,
            _ when IsTransient(answer.StatusCode) => BlobError.Unavailable,
            _ => BlobError.Invalid,
        };
        var what = error switch
        {
            BlobError.NoContainer => "has no such container",
            BlobError.Denied => "denies access: the signature does not match, has ended, or lacks a permission",
            BlobError.Exists => "has a blob of that name already",
            BlobError.Unavailable => $"failed in {attempts} attempts",
            _ => "refused the request",
        };
        return new BlobException(error, $"The blob store of '{_address}' {what} (status {(int)answer.StatusCode}, {code}).");
    }
}
