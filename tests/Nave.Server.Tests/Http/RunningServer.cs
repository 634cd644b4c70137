using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Server.Tests.Http;

/// <summary>A whole server in a folder of its own, on free ports, and an HTTP client that trusts it.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    public const string HostName = "hub.localhost";
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;
    private HttpClient? _client;

    public NaveServer Server => _server!;

    public string OwnerToken => Token(HostName, Server.Status.ServiceConnectionString);

    public async ValueTask InitializeAsync()
    {
        _server = await NaveServer.StartAsync(
            new NaveServerOptions { DataFolder = _folder.Path, HostName = HostName, Address = IPAddress.Loopback, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        _client = new HttpClient(CreateHandler())
        {
            BaseAddress = new Uri($"https://127.0.0.1:{_server.Status.Ports.Https}"),
        };
    }

    /// <summary>Makes what sends to this server and trusts it.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Server.Status.CaFile!);
        return new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust, TargetHost = HostName } };
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    public static string Token(string resource, string connectionString)
    {
        var parts = IotHubConnectionString.Parse(connectionString);
        return SasToken.Create(
            resource, Convert.FromBase64String(parts.SharedAccessKey!), TimeProvider.System.GetUtcNow().AddHours(1), parts.SharedAccessKeyName);
    }

    /// <summary>Sends a request as the owner, or with a token of the caller's; an empty token sends none.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? json = null, string? token = null, string host = HostName, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Host = host;
        token ??= OwnerToken;
        if (token.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await _client!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
