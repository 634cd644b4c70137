using System.Text.Json.Nodes;
using Nave.Fleet.Simulation.NetworkServers;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>The simulated ChirpStack refuses what ChirpStack refuses, in the way that ChirpStack does.</summary>
public sealed class ChirpStackServerTests : IAsyncLifetime
{
    private readonly ChirpStackServer _server = new();
    private ApiCaller? _api;

    private ApiCaller Api => _api!; // Initialized before any test.

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        _api = new ApiCaller(_server.BaseUri) { Token = _server.ApiKey };
    }

    public ValueTask DisposeAsync()
    {
        Api.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task Another_key_and_another_application_are_refused()
    {
        Assert.Equal(401, await Api.StatusAsync("GET", $"api/devices?limit=1&applicationId={Guid.NewGuid()}"));
        Api.Token = "another";
        Assert.Equal(401, await Api.StatusAsync("GET", $"api/devices?limit=1&applicationId={_server.ApplicationId}"));
    }

    [Fact]
    public async Task Without_a_limit_a_list_has_the_count_alone_and_past_the_end_no_device()
    {
        _server.Add("00000000000000bb", "a");
        _server.Add("00000000000000aa", "b");

        var list = $"api/devices?applicationId={_server.ApplicationId}";
        Assert.Equal(2, (int?)(await Api.SendAsync("GET", list)).Body!["totalCount"]);
        Assert.Empty((JsonArray)(await Api.SendAsync("GET", list)).Body!["result"]!);
        Assert.Equal("00000000000000bb", (string?)(await Api.SendAsync("GET", list + "&limit=1")).Body!["result"]![0]!["devEui"]);
        Assert.Equal("00000000000000aa", (string?)(await Api.SendAsync("GET", list + "&limit=1&orderBy=DEV_EUI")).Body!["result"]![0]!["devEui"]);
        Assert.Empty((JsonArray)(await Api.SendAsync("GET", list + "&limit=10&offset=2")).Body!["result"]!);
    }

    [Fact]
    public async Task What_is_malformed_or_there_already_is_refused_as_its_layers_refuse_it()
    {
        Assert.Equal(200, await Api.StatusAsync("POST", "api/devices", Device()));
        Assert.Equal(500, await Api.StatusAsync("POST", "api/devices", Device()));
        Assert.Equal(500, await Api.StatusAsync("POST", "api/devices", Device(eui: "70b3")));
        Assert.Equal(400, await Api.StatusAsync("POST", "api/devices", Device(eui: "70b3d57ed0000002", name: string.Empty)));
        Assert.Equal(500, await Api.StatusAsync("POST", "api/devices", Device(eui: "70b3d57ed0000002", profile: Guid.NewGuid().ToString())));
        Assert.Equal(400, await Api.StatusAsync("POST", "api/devices", Device(eui: "70b3d57ed0000002", profile: "none")));
        Assert.Equal(400, await Api.StatusAsync("POST", "api/devices", "{}"));
        Assert.Equal(404, await Api.StatusAsync("PUT", "api/devices/70b3d57ed0000002", Device()));
        Assert.Equal(404, await Api.StatusAsync("DELETE", "api/devices/70b3d57ed0000002"));
    }

    [Fact]
    public async Task Keys_are_a_resource_of_their_own()
    {
        const string Keys = "api/devices/70b3d57ed0000001/keys";
        const string Good = """{"deviceKeys":{"nwkKey":"00112233445566778899aabbccddeeff"}}""";
        Assert.Equal(401, await Api.StatusAsync("POST", Keys, Good));
        await Api.StatusAsync("POST", "api/devices", Device());
        Assert.Equal(404, await Api.StatusAsync("GET", Keys));
        Assert.Equal(404, await Api.StatusAsync("PUT", Keys, Good));
        Assert.Equal(500, await Api.StatusAsync("POST", Keys, """{"deviceKeys":{"nwkKey":"00"}}"""));
        Assert.Equal(200, await Api.StatusAsync("POST", Keys, Good));
        Assert.Equal(500, await Api.StatusAsync("POST", Keys, Good));
        Assert.Equal(200, await Api.StatusAsync("PUT", Keys, Good));
        Assert.Equal("00112233445566778899aabbccddeeff", (string?)(await Api.SendAsync("GET", Keys)).Body!["deviceKeys"]!["nwkKey"]);
    }

    [Fact]
    public async Task A_throttled_request_is_told_when_to_come_again()
    {
        _server.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 429, RetryAfter = TimeSpan.FromSeconds(3) });

        var (status, body, headers) = await Api.SendAsync("GET", "api/devices");

        Assert.Equal((429, 8), (status, (int?)body!["code"]));
        Assert.Equal(TimeSpan.FromSeconds(3), headers.RetryAfter!.Delta);
        Assert.Equal(1, _server.RequestCount);
    }

    private string Device(string eui = "70b3d57ed0000001", string name = "n", string? profile = null) => new JsonObject
    {
        ["device"] = new JsonObject
        {
            ["devEui"] = eui, ["name"] = name, ["applicationId"] = _server.ApplicationId, ["deviceProfileId"] = profile ?? _server.DeviceProfileIds[0],
        },
    }.ToJsonString();
}
