using System.Globalization;
using System.Text.Json.Nodes;
using Nave.Testing;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>The ThingPark of the tests refuses what ThingPark refuses.</summary>
public sealed class ThingParkServerTests : IAsyncLifetime
{
    private const string Devices = "core/latest/api/devices";
    private const string Good =
        """{"name":"n","EUI":"70B3D57ED0000001","activationType":"OTAA","deviceProfileId":"p","applicationEUI":"70B3D57ED0000002","applicationKey":"00112233445566778899AABBCCDDEEFF"}""";

    private readonly ManualClock _clock = new();
    private ThingParkServer? _server;
    private ApiCaller? _api;

    private ThingParkServer Server => _server!; // Initialized before any test.

    private ApiCaller Api => _api!; // Initialized before any test.

    public async ValueTask InitializeAsync()
    {
        _server = new ThingParkServer(_clock) { TokenLifetime = TimeSpan.FromMinutes(5) };
        await _server.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        _api = new ApiCaller(_server.BaseUri);
    }

    public ValueTask DisposeAsync()
    {
        Api.Dispose();
        return Server.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_token_or_with_one_that_is_over_nothing_is_answered()
    {
        Assert.Equal(401, await Api.StatusAsync("GET", Devices));
        Assert.Equal(401, (await LoginAsync("wrong")).Status);
        var (status, body) = await LoginAsync(Server.ClientSecret);
        Assert.Equal((200, 300), (status, (int?)body!["expires_in"]));
        Assert.Equal(404, await Api.StatusAsync("GET", Devices));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(401, await Api.StatusAsync("GET", Devices));
    }

    [Fact]
    public async Task Pages_have_a_hundred_devices_and_end_with_404()
    {
        for (var i = 0; i < 250; i++)
        {
            Server.Add((0x70B3D57ED0000000 + (ulong)i).ToString("X16", CultureInfo.InvariantCulture), "n");
        }

        await LoginAsync(Server.ClientSecret);
        foreach (var (page, count) in ((int, int)[])[(1, 100), (2, 100), (3, 50)])
        {
            Assert.Equal(count, ((JsonArray)(await Api.SendAsync("GET", $"{Devices}?pageIndex={page}")).Body!).Count);
        }

        Assert.Equal(404, await Api.StatusAsync("GET", Devices + "?pageIndex=4"));
        Assert.Equal(400, await Api.StatusAsync("GET", Devices + "?pageIndex=0"));
    }

    [Fact]
    public async Task An_item_is_short_unless_extended_information_is_asked_for_and_never_has_the_key()
    {
        await LoginAsync(Server.ClientSecret);
        Assert.Equal(201, await Api.StatusAsync("POST", Devices, Good));

        var brief = (JsonObject)(await Api.SendAsync("GET", Devices)).Body![0]!;
        var extended = (JsonObject)(await Api.SendAsync("GET", Devices + "?extendedInfo=true")).Body![0]!;

        Assert.Equal(["EUI", "name", "networkAddress", "ref"], brief.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Contains("deviceProfileId", extended.Select(member => member.Key));
        Assert.DoesNotContain("applicationKey", extended.Select(member => member.Key));
    }

    [Fact]
    public async Task What_is_malformed_or_there_already_is_refused()
    {
        await LoginAsync(Server.ClientSecret);
        Assert.Equal(201, await Api.StatusAsync("POST", Devices, Good));
        Assert.Equal(409, await Api.StatusAsync("POST", Devices, Good));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, Good.Replace("70B3D57ED0000001", "70b3d57ed0000003", StringComparison.Ordinal)));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, Good.Replace("0000001\"", "0000004\"", StringComparison.Ordinal).Replace("00112233", "0011", StringComparison.Ordinal)));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, "{}"));
    }

    [Fact]
    public async Task Only_six_fields_can_be_updated()
    {
        await LoginAsync(Server.ClientSecret);
        var id = (string?)(await Api.SendAsync("POST", Devices, Good)).Body!["ref"];
        Assert.Equal(200, await Api.StatusAsync("PUT", $"{Devices}/{id}", """{"name":"m","connectivityPlanId":"c"}"""));
        Assert.Equal(400, await Api.StatusAsync("PUT", $"{Devices}/{id}", """{"EUI":"70B3D57ED0000009"}"""));
        Assert.Equal(400, await Api.StatusAsync("PUT", $"{Devices}/{id}", """{"applicationKey":"00112233445566778899AABBCCDDEEFF"}"""));
        Assert.Equal(200, await Api.StatusAsync("DELETE", $"{Devices}/{id}"));
        Assert.Equal(404, await Api.StatusAsync("DELETE", $"{Devices}/{id}"));
    }

    private async Task<(int Status, JsonNode? Body)> LoginAsync(string secret)
    {
        var form = $"grant_type=client_credentials&client_id={Uri.EscapeDataString(Server.ClientId)}&client_secret={secret}";
        var (status, body, _) = await Api.SendAsync("POST", "admin/latest/api/oauth/token", form, "application/x-www-form-urlencoded");
        Api.Token = (string?)body?["access_token"];
        return (status, body);
    }
}
