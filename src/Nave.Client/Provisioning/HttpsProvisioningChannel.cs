using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Nave.Api;

namespace Nave.Client;

/// <summary>Device provisioning over HTTPS (wire facts 17.3), for devices with a TPM the only way.</summary>
internal sealed class HttpsProvisioningChannel : IProvisioningChannel
{
    // What every live SDK sends (wire facts 17.1.1).
    private const string ApiVersion = "2019-03-31";
    private const string KeyName = "registration";

    private readonly string _resource;
    private readonly ProvisioningIdentity _identity;
    private readonly ProvisioningClientOptions _options;
    private readonly HttpClient _client;
    private string? _token;

    public HttpsProvisioningChannel(string hostName, string idScope, ProvisioningIdentity identity, ProvisioningClientOptions options)
    {
        _identity = identity;
        _options = options;
        _resource = $"{idScope}/registrations/{Uri.EscapeDataString(identity.RegistrationId)}";
        var endpoint = new DnsEndPoint(options.Endpoint.Host ?? hostName, options.Endpoint.Port ?? 443);
        _client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = ClientTrust.CreateOptions(hostName, options.TrustedRoots, identity.Certificate, identity.Intermediates),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = (_, token) => ConnectAsync(endpoint, token),
        })
        {
            BaseAddress = new Uri($"https://{hostName}/"), Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_identity.Key is { } key)
        {
            _token = SasToken.Create(_resource, Convert.FromBase64String(key), _options.TimeProvider.GetUtcNow() + _options.TokenLifetime, KeyName);
        }

        return Task.CompletedTask;
    }

    public async Task<ProvisioningAnswer> RegisterAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Put, "register", body, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 401 || _identity.Tpm is not { } tpm || _token is not null)
        {
            return answer;
        }

        // The first answer to a TPM is a nonce that only it can read, to sign with.
        if (!ApiJson.TryRead(answer.Body.Span, ProvisioningJson.Default.TpmChallengeBody, out var challenge, out _) || challenge.AuthenticationKey is null)
        {
            return answer;
        }

        await tpm.ActivateAsync(Convert.FromBase64String(challenge.AuthenticationKey), cancellationToken).ConfigureAwait(false);
        var expires = (_options.TimeProvider.GetUtcNow() + _options.TokenLifetime).ToUnixTimeSeconds();
        var resource = Uri.EscapeDataString(_resource);
        var toSign = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{resource}\n{expires}"));
        var signature = Convert.ToBase64String(await tpm.SignAsync(toSign, cancellationToken).ConfigureAwait(false));
        _token = string.Create(
            CultureInfo.InvariantCulture,
            $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(signature)}&se={expires}&skn={challenge.KeyName ?? KeyName}");
        return await SendAsync(HttpMethod.Put, "register", body, cancellationToken).ConfigureAwait(false);
    }

    public Task<ProvisioningAnswer> GetOperationAsync(string operationId, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, $"operations/{Uri.EscapeDataString(operationId)}", null, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<ProvisioningAnswer> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"{_resource}/{path}?api-version={ApiVersion}");
        if (_token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _token);
        }

        if (body is { } json)
        {
            request.Content = new ReadOnlyMemoryContent(json);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        }

        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return new ProvisioningAnswer((int)response.StatusCode, response.Headers.RetryAfter?.Delta, answer);
    }
}
