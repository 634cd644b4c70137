using Nave.Fleet.Tests.Sync.Providers;
using Nave.Fleet.Tests.Sync.Support;

[assembly: AssemblyFixture(typeof(SharedSyncServer))]

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>One server with hubs for all tests of the assembly that ask for one, started by the first.</summary>
public sealed class SharedSyncServer : IAsyncDisposable
{
    private readonly Lazy<Task<SyncServer>> _server = new(StartAsync);

    internal async Task<SyncBench> NewBenchAsync() => await (await _server.Value).NewBenchAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }

    private static async Task<SyncServer> StartAsync()
    {
        var server = new SyncServer();
        await server.InitializeAsync();
        return server;
    }
}
