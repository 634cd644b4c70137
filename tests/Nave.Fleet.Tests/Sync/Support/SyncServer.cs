using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Support;

/// <summary>A server on free ports with a hub of its own for each test.</summary>
public sealed class SyncServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;
    private int _hubs;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _server = await NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = _folder.File("data"), HttpsPort = 0, MqttPort = 0, AmqpPort = 0, MqttPlainPort = 0 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<SyncBench> NewBenchAsync()
    {
        var name = $"hub{Interlocked.Increment(ref _hubs)}";
        var first = SettingsOf(_server!.Status.ServiceConnectionString);
        using var administrator = first.CreateService(TimeProvider.System);
        var made = await administrator.CreateHubAsync(name, RawJson.Parse($$"""{"hostName":"{{name}}.localhost","partitions":1}"""), TestContext.Current.CancellationToken);
        using var document = made.ToDocument();
        var hub = SettingsOf(document.RootElement.GetProperty("serviceConnectionString").GetString()!);
        return new SyncBench(hub, _folder.File($"sync-{name}"), Path.Combine(_folder.File("data"), "exports", name));
    }

    private HubSettings SettingsOf(string connectionString) => new()
    {
        Connection = IotHubConnectionString.Parse(connectionString),
        Endpoint = new ClientEndpoint { Host = "localhost", Port = _server!.Status.Ports.Https },
        CaFile = _server.Status.CaFile,
    };
}
