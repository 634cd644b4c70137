using System.Text.Json.Nodes;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>The Things Stack of the tests refuses what The Things Stack refuses.</summary>
public sealed class ThingsStackServerTests : IAsyncLifetime
{
    private readonly ThingsStackServer _server = new();
    private ApiCaller? _api;

    private ApiCaller Api => _api!; // Initialized before any test.

    private string Devices => $"api/v3/applications/{_server.ApplicationId}/devices";

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
    public async Task Errors_have_code_message_and_details()
    {
        var (status, body, _) = await Api.SendAsync("GET", Devices + "/no-such-device");

        Assert.Equal((404, 5), (status, (int?)body!["code"]));
        Assert.StartsWith("error:pkg/", (string?)body["message"], StringComparison.Ordinal);
        Assert.Equal("type.googleapis.com/ttn.lorawan.v3.ErrorDetails", (string?)body["details"]![0]!["@type"]);
    }

    [Fact]
    public async Task Another_key_and_another_application_are_refused()
    {
        Assert.Equal(403, await Api.StatusAsync("GET", "api/v3/applications/another/devices"));
        Api.Token = "NNSXS.another";
        Assert.Equal(401, await Api.StatusAsync("GET", Devices));
    }

    [Fact]
    public async Task A_page_has_the_total_in_a_header_and_only_the_fields_of_the_mask()
    {
        for (var i = 0; i < 12; i++)
        {
            _server.Add($"device-{i:00}", $"70B3D57ED00000{i:00}", "a name");
        }

        var (_, body, headers) = await Api.SendAsync("GET", Devices + "?limit=5&page=3&field_mask=name");
        Assert.Equal("12", Assert.Single(headers.GetValues("X-Total-Count")));
        Assert.Equal(2, ((JsonArray)body!["end_devices"]!).Count);
        Assert.Equal("a name", (string?)body["end_devices"]![0]!["name"]);
        Assert.Null((await Api.SendAsync("GET", Devices + "?limit=5")).Body!["end_devices"]![0]!["name"]);
        Assert.Empty((JsonArray)(await Api.SendAsync("GET", Devices + "?limit=5&page=4")).Body!["end_devices"]!);
        Assert.Equal(400, await Api.StatusAsync("GET", Devices + "?limit=1001"));
    }

    [Fact]
    public async Task What_is_malformed_or_there_already_is_refused()
    {
        Assert.Equal(200, await Api.StatusAsync("POST", Devices, Device("a-device", "70B3D57ED0000001")));
        Assert.Equal(409, await Api.StatusAsync("POST", Devices, Device("a-device", "70B3D57ED0000002")));
        Assert.Equal(409, await Api.StatusAsync("POST", Devices, Device("b-device", "70B3D57ED0000001")));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, Device("No_Id", "70B3D57ED0000003")));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, Device("c-device", "70B3")));
        Assert.Equal(400, await Api.StatusAsync("POST", Devices, Device("d-device", "70B3D57ED0000004", attributes: 11)));
        Assert.Equal(404, await Api.StatusAsync("PUT", Devices + "/e-device", Device("e-device", "70B3D57ED0000005")));
    }

    [Fact]
    public async Task Each_server_takes_the_fields_that_are_its_own()
    {
        var join = Devices.Replace("v3/", "v3/js/", StringComparison.Ordinal) + "/a-device";
        var body = JsonNode.Parse(Device("a-device", "70B3D57ED0000001"))!;
        body["field_mask"] = JsonNode.Parse("""{"paths":["name"]}""");
        Assert.Equal(400, await Api.StatusAsync("PUT", join, body.ToJsonString()));
        body["field_mask"] = JsonNode.Parse("""{"paths":["root_keys.app_key.key"]}""");
        body["end_device"]!["root_keys"] = JsonNode.Parse("""{"app_key":{"key":"00"}}""");
        Assert.Equal(400, await Api.StatusAsync("PUT", join, body.ToJsonString()));
        body["end_device"]!["root_keys"] = JsonNode.Parse("""{"app_key":{"key":"00112233445566778899AABBCCDDEEFF"}}""");
        Assert.Equal(200, await Api.StatusAsync("PUT", join, body.ToJsonString()));

        // Its Network Server needs to know the versions of LoRaWAN.
        Assert.Equal(400, await Api.StatusAsync("PUT", Devices.Replace("v3/", "v3/ns/", StringComparison.Ordinal) + "/a-device", """{"end_device":{"ids":{"device_id":"a-device","dev_eui":"70B3D57ED0000001","join_eui":"70B3D57ED0000001"}},"field_mask":{"paths":["supports_join"]}}"""));
    }

    private static string Device(string id, string eui, int attributes = 1) => new JsonObject
    {
        ["end_device"] = new JsonObject
        {
            ["ids"] = new JsonObject { ["device_id"] = id, ["dev_eui"] = eui, ["join_eui"] = "0000000000000001" },
            ["attributes"] = new JsonObject(Enumerable.Range(0, attributes).Select(i => KeyValuePair.Create($"name{i}", (JsonNode?)"x"))),
        },
    }.ToJsonString();
}
