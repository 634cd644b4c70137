using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Providers;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class HubProviderTests(HubProviderTests.HubFixture hub) : DeviceProviderContract, IClassFixture<HubProviderTests.HubFixture>
{
    [Fact]
    public async Task The_mark_of_another_sync_is_no_field()
    {
        await hub.Service.CreateDeviceAsync(new DeviceIdentity { DeviceId = "m" }, Token);
        await hub.Service.PatchTwinAsync(new IdentityId("m"), RawJson.Parse("""{"tags":{"nave":{"sync":{"name":"x"}},"site":"north","floor":3}}"""), cancellationToken: Token);

        var device = Assert.Single(await ListAsync());

        Assert.Equal(["floor", "site"], device.Fields.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("3", device.Fields["floor"]);
        await Provider.UpdateAsync(device, device with { Fields = new Dictionary<string, string> { ["site"] = "\"south\"" } }, Token);
        var twin = await hub.Service.GetTwinAsync(new IdentityId("m"), Token);
        using var document = twin.ToDocument();
        Assert.Equal("""{"nave":{"sync":{"name":"x"}},"site":"south"}""", document.RootElement.GetProperty("tags").GetRawText());
    }

    [Fact]
    public async Task A_key_that_the_hub_does_not_take_is_an_authentication_failure()
    {
        await using var provider = Site.Create(Site.Settings.Replace("SharedAccessKey=", "SharedAccessKey=AAAA", StringComparison.Ordinal));

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(async () =>
        {
            await foreach (var _ in provider.ListAsync(Token))
            {
                Assert.Fail("It has no right to read.");
            }
        });

        Assert.Equal(ProviderFailure.Authentication, failure.Failure);
    }

    [Fact]
    public async Task Devices_that_it_creates_have_keys()
    {
        var device = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        var identity = await hub.Service.GetDeviceAsync(new IdentityId(device.Key), Token);

        Assert.Equal(32, Convert.FromBase64String(identity!.Authentication!.SymmetricKey!.PrimaryKey!).Length);
    }

    protected override async Task<ProviderSite> StartAsync()
    {
        var site = new HubSite(hub);
        foreach (var key in await site.KeysAsync())
        {
            await site.RemoveAsync(key);
        }

        return site;
    }

    /// <summary>A hub for all tests of the class.</summary>
    public sealed class HubFixture : IAsyncLifetime
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
                Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = Status.Ports.Https },
                TrustedRoots = ClientTrust.LoadPem(Status.CaFile!),
            });
        }

        public async ValueTask DisposeAsync()
        {
            _service!.Dispose();
            await _server!.DisposeAsync();
            _folder.Dispose();
        }
    }

    private sealed class HubSite(HubFixture hub) : ProviderSite
    {
        public override string Settings =>
            $"{{name: hub, connectionString: '{hub.Status.ServiceConnectionString}', endpoint: '127.0.0.1:{hub.Status.Ports.Https}', ca: '{hub.Status.CaFile}', pageSize: 100}}";

        public override async Task AddAsync(int count)
        {
            foreach (var batch in Enumerable.Range(0, count).Chunk(100))
            {
                var result = await hub.Service.BulkAsync(
                    [.. batch.Select(i => new ExportImportDevice { Id = Id(i), ImportMode = ImportMode.Create, Tags = RawJson.Parse("""{"site":"north"}""") })], Token);
                Assert.True(result.IsSuccessful);
            }
        }

        public override Task RemoveAsync(string key) => hub.Service.DeleteDeviceAsync(new IdentityId(key), cancellationToken: Token);

        public override async Task<IReadOnlyList<string>> KeysAsync() =>
            [.. (await hub.Service.ListDevicesAsync(1000, Token)).Select(device => device.DeviceId).Order(StringComparer.Ordinal)];

        public override HubDevice Complete(int number) => new()
        {
            DeviceId = Id(number),
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["site"] = "\"north\"", ["location"] = """{"city":"Lisboa","floor":2}""" },
        };

        public override HubDevice Change(HubDevice device) => With(device, "location", """{"city":"Porto"}""");

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"meter-{number:0000}");
    }
}
