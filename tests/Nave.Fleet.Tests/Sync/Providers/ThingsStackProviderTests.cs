using System.Globalization;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Tests.NetworkServers;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class ThingsStackProviderTests : HttpProviderContract
{
    private ThingsStackServer Server => (ThingsStackServer)Http.Server;

    [Fact]
    public async Task A_device_is_registered_with_all_four_servers_and_each_has_what_is_its_own()
    {
        var device = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        Assert.Equal("north", (string?)Server.Device("is", device.Key)!["attributes"]!["site"]);
        Assert.Equal(ThingsStackSite.Key, (string?)Server.Device("js", device.Key)!["root_keys"]!["app_key"]!["key"]);
        Assert.Equal("MAC_V1_0_3", (string?)Server.Device("ns", device.Key)!["lorawan_version"]);
        Assert.NotNull(Server.Device("as", device.Key));
        Assert.DoesNotContain(ThingsStackSite.Key, Server.Device("is", device.Key)!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_leaves_none_of_the_four_registrations()
    {
        var device = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        await Provider.DeleteAsync(device, Token);

        Assert.All((string[])["is", "js", "ns", "as"], registry => Assert.Equal(0, Server.CountOf(registry)));
    }

    [Theory]
    [InlineData("js")]
    [InlineData("ns")]
    [InlineData("as")]
    public async Task A_creation_that_broke_off_between_the_servers_is_finished_by_the_next(string broken)
    {
        var device = Provider.ToExternal(Site.Complete(1));
        Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 5)
        {
            Status = 503,
            When = request => request.Path.StartsWith($"/api/v3/{broken}/", StringComparison.Ordinal),
        });

        Assert.True((await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(device, Token))).IsTransient);
        await Provider.CreateAsync(device, Token);

        Assert.All((string[])["is", "js", "ns", "as"], registry => Assert.Equal(1, Server.CountOf(registry)));
    }

    [Fact]
    public async Task A_deletion_that_broke_off_is_finished_by_the_next()
    {
        var device = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);
        Server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status, 5) { Status = 503, When = request => request.Path.StartsWith("/api/v3/js/", StringComparison.Ordinal) });

        Assert.True((await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.DeleteAsync(device, Token))).IsTransient);
        Assert.True(await Provider.DeleteAsync(device, Token));

        Assert.All((string[])["is", "js", "ns", "as"], registry => Assert.Equal(0, Server.CountOf(registry)));
    }

    [Fact]
    public async Task EUIs_that_another_device_has_are_a_permanent_failure()
    {
        await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(
            () => Provider.CreateAsync(Provider.ToExternal(Site.Complete(1) with { DeviceId = "another-id" }), Token));

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
    }

    [Fact]
    public async Task A_key_is_replaced_where_it_is_kept()
    {
        var current = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);
        var wanted = Provider.ToExternal(Site.Complete(1));
        var other = new string('A', 32);

        await Provider.UpdateAsync(current, wanted with { Fields = new Dictionary<string, string>(wanted.Fields) { ["appKey"] = other } }, Token);

        Assert.Equal(other, (string?)Server.Device("js", current.Key)!["root_keys"]!["app_key"]!["key"]);
    }

    [Fact]
    public async Task Only_the_attributes_that_are_listed_are_tags_and_the_others_stay()
    {
        var full = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);
        await using var provider = Site.Create(Site.Settings.Replace("{", "{attributes: [floor], ", StringComparison.Ordinal));

        var current = (await provider.FindAsync(full.Key, Token))!;
        Assert.DoesNotContain("site", current.Fields.Keys);
        Assert.False(provider.Traits.Keeps("site"));
        await provider.UpdateAsync(current, current with { Fields = new Dictionary<string, string>(current.Fields) { ["floor"] = "3" } }, Token);

        var attributes = Server.Device("is", full.Key)!["attributes"]!;
        Assert.Equal("3", (string?)attributes["floor"]);
        Assert.Equal("north", (string?)attributes["site"]);
    }

    [Fact]
    public void What_no_attribute_or_id_can_be_is_told()
    {
        var tags = new Dictionary<string, string>(Site.Complete(1).Tags) { ["Not Lower"] = "x", ["long"] = new string('x', 201) };

        var problems = Provider.Validate(new HubDevice { DeviceId = "Upper", Tags = tags });

        Assert.Equal(["Not Lower", "deviceId", "long"], problems.Select(problem => problem.Tag).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_device_that_is_deleted_while_it_lists_ends_the_listing_as_incomplete()
    {
        await Site.AddAsync(Many);
        var listed = 0;

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(async () =>
        {
            await foreach (var _ in Provider.ListAsync(Token))
            {
                if (++listed == 15)
                {
                    await Site.RemoveAsync((await Site.KeysAsync())[0]);
                }
            }
        });

        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_device_that_is_created_while_it_lists_hides_no_other()
    {
        await Site.AddAsync(Many);
        var keys = await Site.KeysAsync();
        var listed = new HashSet<string>();
        await foreach (var device in Provider.ListAsync(Token))
        {
            if (listed.Add(device.Key) && listed.Count == 15)
            {
                Server.Add("a-first-one", "70B3D57ED00FFFFF", "new");
            }
        }

        Assert.Subset(listed, keys.ToHashSet());
    }

    protected override async Task<ProviderSite> StartAsync()
    {
        var server = new ThingsStackServer();
        await server.StartAsync(cancellationToken: Token);
        return new ThingsStackSite(server);
    }

    private sealed class ThingsStackSite(ThingsStackServer server) : HttpProviderSite(server)
    {
        public const string Key = "00112233445566778899AABBCCDDEEFF";

        private readonly string _apiKey = server.ApiKey;

        public override string Settings =>
            $"{{name: tts, baseUri: '{server.BaseUri}', apiKey: '{_apiKey}', applicationId: '{server.ApplicationId}', pageSize: 10, lorawanVersion: MAC_V1_0_3, lorawanPhyVersion: PHY_V1_0_3_REV_A}}";

        public override IReadOnlyList<string> Secrets => [_apiKey];

        public override Task AddAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                server.Add(Id(i), Eui(i), "a device");
            }

            return Task.CompletedTask;
        }

        public override Task RemoveAsync(string key)
        {
            Assert.True(server.Remove(key));
            return Task.CompletedTask;
        }

        public override Task<IReadOnlyList<string>> KeysAsync() => Task.FromResult(server.DeviceIds);

        public override HubDevice Complete(int number) => new()
        {
            DeviceId = Id(number),
            Tags = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["devEui"] = Eui(number),
                ["joinEui"] = "70B3D57ED0000001",
                ["appKey"] = Key,
                ["frequencyPlanId"] = "EU_863_870_TTN",
                ["name"] = "one of many",
                ["site"] = "north",
            },
        };

        public override HubDevice Change(HubDevice device) => With(With(device, "name", "another name"), "site", "south");

        public override void Revoke() => server.ApiKey = "another one since";

        public override bool IsListing(NetworkServerRequest request) => request.Method == "GET" && request.Path.EndsWith("/devices", StringComparison.Ordinal);

        public override bool IsCreation(NetworkServerRequest request) => request.Method == "POST";

        private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"sensor-{number:0000}");

        private static string Eui(int number) => (0x70B3D57ED0000000 + (ulong)number).ToString("X16", CultureInfo.InvariantCulture);
    }
}
