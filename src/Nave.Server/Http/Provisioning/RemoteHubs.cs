using Nave.Api;
using Nave.Hub.Provisioning;

namespace Nave.Server.Http.Provisioning;

/// <summary>Reaches hubs elsewhere over HTTPS.</summary>
internal sealed class RemoteHubs : IRemoteHubs, IDisposable
{
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <summary>Initializes a new instance of the <see cref="RemoteHubs"/> class.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="handler">What sends; <see langword="null"/> = one that trusts what the machine trusts (<c>SSL_CERT_FILE</c> adds authorities).</param>
    public RemoteHubs(TimeProvider time, HttpMessageHandler? handler = null)
    {
        _time = time;
        _client = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false })
        {
            Timeout = TimeSpan.FromSeconds(30),
            MaxResponseContentBufferSize = 1024 * 1024,
        };
    }

    /// <inheritdoc/>
    public ILinkedHub Open(IotHubConnectionString connectionString) => new RemoteHub(connectionString, _client, _time);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
