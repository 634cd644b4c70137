using System.Globalization;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Tests.NetworkServers;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class ActilityProviderTests : HttpProviderContract
{
    private const string Key = "00112233445566778899AABBCCDDEEFF";

    private ThingParkServer Server => (ThingParkServer)Http.Server;

    [Fact]
    public async Task A_token_is_renewed_before_its_expires_in_is_over()
    {
        Server.TokenLifetime = TimeSpan.FromMinutes(10);
        await Site.AddAsync(1);

        await ListAsync();
        Http.Advance(TimeSpan.FromMinutes(8));
        await ListAsync();
        Assert.Equal(1, Server.TokensMade);
        Http.Advance(TimeSpan.FromMinutes(1.5));
        await ListAsync();

        Assert.Equal(2, Server.TokensMade);
        Assert.DoesNotContain(Server.Requests, request => request.EndsWith(" 401", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_that_is_refused_is_renewed_once_however_many_calls_have_it()
    {
        await Site.AddAsync(20);
        await ListAsync();
        Server.RevokeTokens();

        var found = await Task.WhenAll((await Site.KeysAsync()).Select(key => Provider.FindAsync(key, Token)));

        Assert.All(found, Assert.NotNull);
        Assert.Equal(2, Server.TokensMade);
    }

    [Fact]
    public async Task A_fresh_token_that_is_refused_too_is_an_authentication_error_and_not_tried_for_ever()
    {
        Server.RefusesEveryToken = true;

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.FindAsync("00000000000000AA", Token));

        Assert.Equal(ProviderFailure.Authentication, failure.Failure);
        Assert.Equal(2, Server.TokensMade);
    }

    [Fact]
    public async Task A_stale_reference_does_not_keep_a_device_that_was_created_again()
    {
        var device = Provider.ToExternal(Site.Complete(1));
        var first = await Provider.CreateAsync(device, Token);
        await Site.RemoveAsync(device.Key);
        await Provider.CreateAsync(device, Token);

        Assert.True(await Provider.DeleteAsync(first, Token));

        Assert.Empty(await Site.KeysAsync());
    }

    [Fact]
    public async Task A_page_that_is_not_there_for_another_reason_is_no_empty_registry()
    {
        await using var provider = Site.Create(Site.Settings.Replace("core/latest/api/devices", "core/latest/api/devics", StringComparison.Ordinal));

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(async () =>
        {
            await foreach (var _ in provider.ListAsync(Token))
            {
                Assert.Fail("There is nothing to list.");
            }
        });

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
        Assert.Contains("devicesUri", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_the_API_can_update_and_what_differs_is_sent()
    {
        var current = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);
        var fields = new Dictionary<string, string>(current.Fields) { ["connectivityPlanId"] = "plan/b", ["name"] = "new name" };

        var updated = await Provider.UpdateAsync(current, current with { Fields = fields }, Token);

        Assert.Equal("plan/b", updated.Fields["connectivityPlanId"]);
        Assert.Equal("new name", (string?)Server.Device(current.Key)!["name"]);
        Assert.True(Provider.Traits.NeedsRecreation("EUI"));
        Assert.True(Provider.Traits.NeedsRecreation("activationType"));
        Assert.True(Provider.Traits.NeedsRecreation("applicationKey"));
        Assert.All(ThingParkServer.UpdatableFields, field => Assert.False(Provider.Traits.NeedsRecreation(field)));
    }

    [Fact]
    public async Task The_key_reaches_the_registry_and_nothing_else()
    {
        var created = await Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token);

        Assert.Equal(Key, Server.KeyOf(created.Key));
        Assert.DoesNotContain("applicationKey", created.Fields.Keys);
    }

    [Theory]
    [InlineData("EUI", "70b3d57ed0000001")]
    [InlineData("EUI", "70B3D57ED000001")]
    [InlineData("applicationEUI", "70B3D57ED000000G")]
    [InlineData("applicationKey", "00112233")]
    [InlineData("activationType", "ABP")]
    public void A_malformed_tag_is_told_with_what_is_permitted(string tag, string value)
    {
        var device = Site.Complete(1);
        var tags = new Dictionary<string, string>(device.Tags, StringComparer.Ordinal) { [tag] = value };

        var problem = Assert.Single(Provider.Validate(device with { Tags = tags }));

        Assert.Equal(tag, problem.Tag);
        Assert.False(problem.IsMissing);
        Assert.Contains("permitted", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_can_be_the_ids_of_the_hub()
    {
        await using var provider = Site.Create(Site.Settings.Replace("{", "{deviceId: name, ", StringComparison.Ordinal));
        var wanted = Site.Complete(3) with { DeviceId = "boiler-3" };

        var created = await provider.CreateAsync(provider.ToExternal(wanted), Token);

        Assert.Equal("boiler-3", (string?)Server.Device(created.Key)!["name"]);
        Assert.Equal("boiler-3", provider.ToHub(created).DeviceId);
    }

    [Fact]
    public async Task The_environment_of_the_sample_is_enough()
    {
        var environment = new Dictionary<string, string>
        {
            ["actility_api_token_uri"] = $"{Server.BaseUri}admin/latest/api/oauth/token",
            ["actility_api_devices_uri"] = $"{Server.BaseUri}core/latest/api/devices",
            ["actility_api_client_id"] = Server.ClientId,
            ["actility_api_client_secret"] = Server.ClientSecret,
        };
        await using var provider = ProviderSite.Read("{name: actility}", environment)
            .CreateProvider(new ProviderContext(Site.Clock, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));

        Assert.Null(await provider.FindAsync("00000000000000AA", Token));
    }

    [Fact]
    public void A_secret_that_is_missing_is_told_by_its_name()
    {
        var failure = Assert.Throws<SyncConfigurationException>(() => ProviderSite.Read("{name: actility, clientId: me}", new Dictionary<string, string>()));

        Assert.Contains("clientSecret", failure.Message, StringComparison.Ordinal);
        Assert.Contains("actility_api_client_secret", failure.Message, StringComparison.Ordinal);
    }

    protected override Task<ProviderSite> StartAsync() => ActilitySite.StartAsync();

    private sealed class ActilitySite(ThingParkServer server) : HttpProviderSite(server)
    {
        public override string Settings =>
            $"{{name: actility, tokenUri: '{server.BaseUri}thingpark/dx/admin/latest/api/oauth/token', devicesUri: '{server.BaseUri}thingpark/dx/core/latest/api/devices', clientId: '{server.ClientId}', clientSecret: '{server.ClientSecret}'}}";

        public override IReadOnlyList<string> Secrets => [server.ClientSecret, server.LastToken];

        public static async Task<ProviderSite> StartAsync()
        {
            var clock = new TimeHolder();
            var server = new ThingParkServer(clock);
            var site = new ActilitySite(server);
            clock.Inner = site.Clock;
            await server.StartAsync(cancellationToken: Token);
            return site;
        }

        public override Task AddAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                server.Add(Eui(i), "device " + i.ToString(CultureInfo.InvariantCulture));
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
                ["EUI"] = Eui(number),
                ["activationType"] = "OTAA",
                ["deviceProfileId"] = "LORA/GenericA.1_ETSI_Rx2-SF12",
                ["applicationEUI"] = "70B3D53260666003",
                ["applicationKey"] = Key,
            },
        };

        public override HubDevice Change(HubDevice device) => With(device, "deviceProfileId", "LORA/GenericC.1_ETSI_Rx2-SF9");

        public override void Revoke()
        {
            server.ClientSecret = "another one since";
            server.RevokeTokens();
        }

        public override bool IsListing(NetworkServerRequest request) =>
            request.Method == "GET" && request.Path.EndsWith("/devices", StringComparison.Ordinal) && request.Parameter("deviceEUI") is null;

        public override bool IsCreation(NetworkServerRequest request) => request.Method == "POST" && request.Path.EndsWith("/devices", StringComparison.Ordinal);

        private static string Eui(int number) => (0x70B3D57ED0000000 + (ulong)number).ToString("X16", CultureInfo.InvariantCulture);
    }

    /// <summary>The clock of the site, which is made after the server that it serves.</summary>
    private sealed class TimeHolder : TimeProvider
    {
        public TimeProvider Inner { get; set; } = System;

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow();
    }
}
