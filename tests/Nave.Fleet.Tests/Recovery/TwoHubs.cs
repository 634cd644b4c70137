using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Recovery;

/// <summary>A server with a pair of fresh hubs for each test.</summary>
public sealed class TwoHubs : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;
    private int _pairs;

    public async ValueTask InitializeAsync() => _server = await NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = _folder.File("data"), HttpsPort = 0, MqttPort = 0, AmqpPort = 0, MqttPlainPort = 0 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<HubPairUnderTest> NewPairAsync()
    {
        var number = Interlocked.Increment(ref _pairs);
        return new HubPairUnderTest(this, await MakeAsync($"old{number}"), await MakeAsync($"new{number}"), _folder.File($"mirror{number}"));
    }

    internal ServiceClient Service(IotHubConnectionString connection) => ServiceClient.Create(
        connection, new ServiceClientOptions { Endpoint = Endpoint(_server!.Status.Ports.Https), TrustedRoots = ClientTrust.LoadPem(_server.Status.CaFile!) });

    internal ProvisioningServiceClient Provisioning() => ProvisioningServiceClient.Create(
        IotHubConnectionString.Parse(_server!.Status.Provisioning!.ServiceConnectionString),
        new ServiceClientOptions { Endpoint = Endpoint(_server.Status.Ports.Https), TrustedRoots = ClientTrust.LoadPem(_server.Status.CaFile!) });

    internal EventsClient Events(IotHubConnectionString connection) => EventsClient.Create(
        connection, new AmqpClientOptions { Endpoint = Endpoint(_server!.Status.Ports.Amqp!.Value), TrustedRoots = ClientTrust.LoadPem(_server.Status.CaFile!) });

    internal DeviceClient Device(string hostName, DeviceIdentity identity) => DeviceClient.Create(
        new IotHubConnectionString { HostName = hostName, DeviceId = identity.DeviceId, SharedAccessKey = identity.Authentication!.SymmetricKey!.PrimaryKey },
        new DeviceClientOptions { Transport = ClientTransport.MqttPlain, Endpoint = Endpoint(_server!.Status.Ports.MqttPlain!.Value) });

    private async Task<IotHubConnectionString> MakeAsync(string name)
    {
        using var administrator = Service(IotHubConnectionString.Parse(_server!.Status.ServiceConnectionString));
        var made = await administrator.CreateHubAsync(name, RawJson.Parse($$"""{"hostName":"{{name}}.localhost","partitions":2}"""), TestContext.Current.CancellationToken);
        using var document = made.ToDocument();
        return IotHubConnectionString.Parse(document.RootElement.GetProperty("serviceConnectionString").GetString()!);
    }

    private static ClientEndpoint Endpoint(int port) => new() { Host = "localhost", Port = port };
}
