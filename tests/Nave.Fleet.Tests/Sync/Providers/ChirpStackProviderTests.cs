using System.Globalization;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Providers.ChirpStack;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class ChirpStackProviderTests : HttpProviderContract
{
    private ChirpStackServer Server => (ChirpStackServer)Http.Server;

    [Fact]
    public async Task A_device_that_is_deleted_while_it_lists_hides_no_other()
    {
        await Site.AddAsync(Many);
        var keys = await Site.KeysAsync();
        var listed = new List<string>();

        // With every tenth device that comes, the first that is left goes: what comes after moves up by one.
        await foreach (var device in Provider.ListAsync(Token))
        {
            listed.Add(device.Key);
            if (listed.Count % 10 == 0)
            {
                await Site.RemoveAsync((await Site.KeysAsync())[0]);
            }
        }

        Assert.Subset(listed.ToHashSet(), (await Site.KeysAsync()).ToHashSet());
        Assert.Equal(keys.Count, listed.Distinct().Count());
    }

    [Fact]
    public async Task A_device_that_is_created_while_it_lists_hides_no_other()
    {
        await Site.AddAsync(Many);
        var keys = await Site.KeysAsync();
        var listed = new List<string>();
        await foreach (var device in Provider.ListAsync(Token))
        {
            listed.Add(device.Key);
            if (listed.Count % 10 == 0)
            {
                Server.Add(listed.Count.ToString("x16", CultureInfo.InvariantCulture), "new");
            }
        }

        Assert.Subset(listed.ToHashSet(), keys.ToHashSet());
    }

    [Fact]
    public async Task A_server_that_lists_by_name_and_without_tags_is_listed_whole()
    {
        Server.IsOld = true;
        for (var i = 0; i < Many; i++)
        {
            Server.Add(i.ToString("x16", CultureInfo.InvariantCulture), $"n{i * 7919 % Many:0000}", new Dictionary<string, string> { ["floor"] = "3" });
        }

        var listed = await ListAsync();

        Assert.Equal(await Site.KeysAsync(), listed.Select(device => device.Key).Distinct().Order(StringComparer.Ordinal));
        Assert.All(listed, device => Assert.Equal("3", device.Fields["floor"]));
    }

    [Fact]
    public async Task An_update_leaves_what_is_not_its_own()
    {
        var current = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);
        var before = Server.Device(current.Key)!;

        await Provider.UpdateAsync(current, Provider.ToExternal(Site.Change(Site.Complete(1))) with { Fields = new Dictionary<string, string>(current.Fields) { ["name"] = "x" } }, Token);

        var after = Server.Device(current.Key)!;
        Assert.Equal("x", (string?)after["name"]);
        Assert.Equal(before["joinEui"]!.ToJsonString(), after["joinEui"]!.ToJsonString());
        Assert.Equal(ChirpStackSite.Key, (string?)Server.Keys(current.Key)!["nwkKey"]);
    }

    [Fact]
    public async Task A_creation_that_broke_off_before_the_keys_is_finished_by_the_next()
    {
        var device = Provider.ToExternal(Site.Complete(1));
        Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 503, When = request => request.Path.EndsWith("/keys", StringComparison.Ordinal) });

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token));
        Assert.True(failure.IsTransient);
        Assert.Null(Server.Keys(device.Key));
        await Provider.CreateAsync(device, Token);

        Assert.NotNull(Server.Keys(device.Key));
        Assert.Equal(ProviderFailure.AlreadyExists, (await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token))).Failure);
    }

    [Fact]
    public async Task A_device_profile_that_is_not_there_is_a_permanent_failure_although_the_server_answers_500()
    {
        var device = Provider.ToExternal(Site.Complete(1) with
        {
            Tags = new Dictionary<string, string>(Site.Complete(1).Tags) { ["deviceProfileId"] = Guid.NewGuid().ToString() },
        });

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token));

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
    }

    [Theory]
    [InlineData(500, 13, "duplicate key value violates unique constraint \"device_pkey\"", ProviderFailure.AlreadyExists)]
    [InlineData(500, 13, "Invalid character 'x' at position 3", ProviderFailure.Permanent)]
    [InlineData(500, 13, "connection reset by peer", null)]
    [InlineData(409, 6, "Object already exists", null)]
    public void What_its_database_says_is_told_apart(int status, int code, string message, ProviderFailure? expected) =>
        Assert.Equal(expected, ChirpStackProvider.Classify(status, new ProviderError(code, message)));

    [Fact]
    public async Task Tags_are_kept_and_a_tag_with_the_name_of_a_field_hides_nothing()
    {
        Server.Add("00000000000000aa", "n", new Dictionary<string, string> { ["site"] = "west", ["nwkKey"] = "from a tag", ["name"] = "no" });

        var device = Assert.Single(await ListAsync());

        Assert.Equal("west", device.Fields["site"]);
        Assert.Equal("n", device.Fields["name"]);
        Assert.DoesNotContain("nwkKey", device.Fields.Keys);
    }

    protected override async Task<ProviderSite> StartAsync()
    {
        var server = new ChirpStackServer();
        await server.StartAsync(cancellationToken: Token);
        return new ChirpStackSite(server);
    }

    private sealed class ChirpStackSite(ChirpStackServer server) : HttpProviderSite(server)
    {
        public const string Key = "00112233445566778899aabbccddeeff";

        // As it was when the provider was made: another one later is a revocation.
        private readonly string _apiKey = server.ApiKey;

        public override string Settings =>
            $"{{name: chirpstack, baseUri: '{server.BaseUri}', apiKey: '{_apiKey}', applicationId: '{server.ApplicationId}', pageSize: 10}}";

        public override IReadOnlyList<string> Secrets => [_apiKey];

        public override Task AddAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                server.Add(Eui(i), $"device {i % 7}", new Dictionary<string, string> { ["site"] = "north" });
            }

            return Task.CompletedTask;
        }

        public override Task RemoveAsync(string key)
        {
            Assert.True(server.Remove(key));
            return Task.CompletedTask;
        }

        public override Task<IReadOnlyList<string>> KeysAsync() => Task.FromResult(server.DeviceEuis);

        public override HubDevice Complete(int number) => new()
        {
            DeviceId = Eui(number),
            Tags = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["devEui"] = Eui(number),
                ["deviceProfileId"] = server.DeviceProfileIds[0],
                ["nwkKey"] = Key,
                ["joinEui"] = "70b3d57ed0000009",
                ["site"] = "north",
                ["location.city"] = "Lisboa",
            },
        };

        public override HubDevice Change(HubDevice device) => With(With(device, "deviceProfileId", server.DeviceProfileIds[1]), "site", "south");

        public override void Revoke() => server.ApiKey = "another one since";

        public override bool IsListing(NetworkServerRequest request) => request.Method == "GET" && request.Path == "/api/devices";

        public override bool IsCreation(NetworkServerRequest request) => request.Method == "POST" && request.Path == "/api/devices";

        private static string Eui(int number) => (0x70B3D57ED0000000 + (ulong)number).ToString("x16", CultureInfo.InvariantCulture);
    }
}
