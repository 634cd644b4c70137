using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>
/// OAuth2 client credentials (RFC 6749, section 4.4): one token for all calls, renewed before <c>expires_in</c> is over and after it was
/// refused, by one request however many calls wait for it.
/// </summary>
internal sealed class ClientCredentials : IProviderCredentials
{
    // A call that starts with a token should end with it.
    private static readonly TimeSpan s_longestMargin = TimeSpan.FromMinutes(1);

    // RFC 6749 section 5.1 only recommends expires_in.
    private static readonly TimeSpan s_lifetimeIfUnknown = TimeSpan.FromMinutes(5);

    private readonly ProviderTransport _transport;
    private readonly TimeProvider _time;
    private readonly Uri _tokenUri;
    private readonly string _clientId;
    private readonly string _clientSecret;
    private readonly SemaphoreSlim _renewal = new(1);
    private readonly Lock _gate = new();
    private string? _token;
    private DateTimeOffset _renewAt;

    public ClientCredentials(ProviderTransport transport, TimeProvider time, Uri tokenUri, string clientId, string clientSecret)
    {
        _transport = transport;
        _time = time;
        _tokenUri = tokenUri;
        _clientId = clientId;
        _clientSecret = clientSecret;
        Secrets = [clientSecret];
    }

    public IReadOnlyList<string> Secrets { get; }

    public bool CanRenew => true;

    public async ValueTask<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } token)
        {
            return token;
        }

        await _renewal.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Current() is { } made)
            {
                return made;
            }

            var (fresh, lifetime) = await RequestAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                var margin = lifetime / 10 < s_longestMargin ? lifetime / 10 : s_longestMargin;
                _token = fresh;
                _renewAt = _time.GetUtcNow() + lifetime - margin;
            }

            return fresh;
        }
        finally
        {
            _renewal.Release();
        }
    }

    public void Reject(string token)
    {
        lock (_gate)
        {
            if (_token == token)
            {
                _token = null;
            }
        }
    }

    public void Dispose() => _renewal.Dispose();

    /// <summary>Reads the answer of a token endpoint.</summary>
    /// <returns>False if it has no token.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> body, out string token, out TimeSpan lifetime)
    {
        token = string.Empty;
        lifetime = s_lifetimeIfUnknown;
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                return false;
            }

            using (document)
            {
                // A number by the RFC; some servers write it as text.
                if (JsonFields.Identifier(document.RootElement, "expires_in") is { } seconds
                    && int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                {
                    lifetime = TimeSpan.FromSeconds(count);
                }

                token = JsonFields.Text(document.RootElement, "access_token") ?? string.Empty;
                return token.Length > 0 && token.All(c => c is > ' ' and < '\x7F');
            }
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private string? Current()
    {
        lock (_gate)
        {
            return _token is not null && _time.GetUtcNow() < _renewAt ? _token : null;
        }
    }

    private async Task<(string Token, TimeSpan Lifetime)> RequestAsync(CancellationToken cancellationToken)
    {
        var form = $"grant_type=client_credentials&client_id={Uri.EscapeDataString(_clientId)}&client_secret={Uri.EscapeDataString(_clientSecret)}";
        var call = new ProviderCall(HttpMethod.Post, _tokenUri, "get an access token")
        {
            Body = Encoding.UTF8.GetBytes(form),
            ContentType = "application/x-www-form-urlencoded",
            IsIdempotent = true,
            Secrets = Secrets,
        };
        ProviderAnswer answer;
        try
        {
            answer = await _transport.SendAsync(call, credentials: null, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Permanent or ProviderFailure.NotFound)
        {
            // Some servers answer 400 for a client that they do not know (RFC 6749, section 5.2).
            throw new ProviderException(ProviderFailure.Authentication, e.Message, null, e);
        }

        return TryRead(answer.Body, out var token, out var lifetime)
            ? (token, lifetime)
            : throw new ProviderException(ProviderFailure.Transient, $"Could not get an access token: the answer of {_tokenUri.Host} has none.");
    }
}
