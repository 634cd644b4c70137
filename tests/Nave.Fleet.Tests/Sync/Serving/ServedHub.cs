using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Serving;

/// <summary>A real hub for all tests of a class.</summary>
public sealed class ServedHub : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;
    private ServiceClient? _service;

    public ServerStatus Status => _server!.Status; // Initialized before any test.

    public ServiceClient Service => _service!; // Initialized before any test.

    public async ValueTask InitializeAsync()
    {
        _server = await NaveServer.StartAsync(
            new NaveServerOptions { DataFolder = _folder.Path, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        _service = ServiceClient.Create(IotHubConnectionString.Parse(Status.ServiceConnectionString), new ServiceClientOptions
        {
            Endpoint = new ClientEndpoint { Host = "localhost", Port = Status.Ports.Https },
            TrustedRoots = ClientTrust.LoadPem(Status.CaFile!),
        });
    }

    public async ValueTask DisposeAsync()
    {
        _service?.Dispose();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Gets what a configuration says of this hub, indented by two.</summary>
    internal string Section => string.Create(
        CultureInfo.InvariantCulture,
        $"  connectionString: '{Status.ServiceConnectionString}'\n  endpoint: localhost:{Status.Ports.Https}\n  ca: {Status.CaFile}\n");

    internal string Realtime => string.Create(
        CultureInfo.InvariantCulture,
        $"realtime:\n  events: true\n  eventHubConnectionString: '{Status.EventHubConnectionString}'\n  endpoint: localhost:{Status.Ports.Amqp}\n");

    /// <summary>Creates a device with tags, in one step.</summary>
    internal async Task CreateAsync(string deviceId, string tags)
    {
        var result = await Service.BulkAsync(
            [new ExportImportDevice { Id = deviceId, ImportMode = ImportMode.Create, Status = DeviceStatus.Enabled, Tags = RawJson.Parse(tags) }],
            TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccessful);
    }

    internal Task TagAsync(string deviceId, string tags) =>
        Service.PatchTwinAsync(new IdentityId(deviceId), RawJson.Parse($$"""{"tags":{{tags}}}"""), cancellationToken: TestContext.Current.CancellationToken);

    internal Task DeleteAsync(string deviceId) =>
        Service.DeleteDeviceAsync(new IdentityId(deviceId), cancellationToken: TestContext.Current.CancellationToken);
}
