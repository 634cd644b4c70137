using Microsoft.Extensions.Logging.Abstractions;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Cli.Tests;

/// <summary>A hub on free ports, in a folder of its own, for all tests of a class.</summary>
public sealed class RunningHub : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;

    /// <summary>Gets its data folder.</summary>
    public string Data => _folder.Path;

    /// <summary>Gets its status.</summary>
    public ServerStatus Status => _server!.Status; // Initialized before any test.

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _server = await NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = Data, HttpsPort = 0, MqttPort = 0, AmqpPort = 0, MqttPlainPort = 0 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    internal Task<CliRun> RunAsync(params string[] arguments) => CliRun.OfAsync([.. arguments, "--data", Data]);
}
