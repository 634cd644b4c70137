using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Connections;

namespace Nave.Hub.Tests.Twins;

public sealed class TwinServiceTests
{
    private const string Start = "2026-01-01T00:00:00.0000000Z";
    private static readonly IdentityId s_id = new("d1");

    [Fact]
    public async Task A_new_twin_has_the_shape_of_the_wire()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        AssertJson(
            $$$$$$"""
            {"deviceId":"d1","etag":"AAAAAAAAAAE=","deviceEtag":"NTY1","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",
             "connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,"authenticationType":"sas",
             "x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"version":2,
             "properties":{"desired":{"$metadata":{"$lastUpdated":"{{{{{{Start}}}}}}"},"$version":1},"reported":{"$metadata":{"$lastUpdated":"{{{{{{Start}}}}}}"},"$version":1}},
             "capabilities":{"iotEdge":false}}
            """,
            await GetAsync(hub, s_id));
    }

    [Fact]
    public async Task A_desired_patch_moves_etag_versions_and_metadata()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        hub.Clock.Advance(TimeSpan.FromSeconds(1));
        var twin = JsonNode.Parse(await PatchAsync(hub, """{"properties":{"desired":{"a":{"b":1}}},"tags":{"site":"rome"}}"""))!;
        const string T = "2026-01-01T00:00:01.0000000Z";
        Assert.Equal("AAAAAAAAAAI=", (string?)twin["etag"]);
        Assert.Equal(3, (int?)twin["version"]);
        AssertJson("""{"site":"rome"}""", twin["tags"]!.ToJsonString());
        AssertJson(
            $$$$$$"""
            {"a":{"b":1},"$metadata":{"$lastUpdated":"{{{{{{T}}}}}}","$lastUpdatedVersion":2,"a":{"$lastUpdated":"{{{{{{T}}}}}}","$lastUpdatedVersion":2,
             "b":{"$lastUpdated":"{{{{{{T}}}}}}","$lastUpdatedVersion":2}}},"$version":2}
            """,
            twin["properties"]!["desired"]!.ToJsonString());
    }

    [Fact]
    public async Task A_reported_patch_moves_the_version_but_not_the_etag()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        Assert.Equal(2, await ReportAsync(hub, """{"fw":"1.0","temp":21.50,"big":4503599627370495}"""));
        Assert.Equal(3, await ReportAsync(hub, """{"fw":null}"""));
        var text = await GetAsync(hub, s_id);
        var twin = JsonNode.Parse(text)!;
        Assert.Equal("AAAAAAAAAAE=", (string?)twin["etag"]);
        Assert.Equal(4, (int?)twin["version"]);
        Assert.Contains("\"temp\":21.50,", text, StringComparison.Ordinal);
        Assert.Null(twin["properties"]!["reported"]!["$metadata"]!["$lastUpdatedVersion"]);
        AssertJson("""{"desired":{"$version":1},"reported":{"temp":21.50,"big":4503599627370495,"$version":3}}""", await DeviceViewAsync(hub, s_id));
    }

    [Fact]
    public async Task A_reported_patch_for_another_version_is_refused()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var refused = await hub.Twins.PatchReportedAsync(s_id, ServicesFixture.Json("{\"a\":1}"), 7, ServicesFixture.Cancellation);
        Assert.Equal(HubErrorCode.PreconditionFailed, refused.Error?.Code);
        var taken = await hub.Twins.PatchReportedAsync(s_id, ServicesFixture.Json("{\"a\":1}"), 1, ServicesFixture.Cancellation);
        Assert.Equal(2, taken.Value);
    }

    [Fact]
    public async Task Clearing_sections_and_ignoring_what_is_read_only()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        await PatchAsync(hub, """{"tags":{"a":1,"b":{"c":2}},"properties":{"desired":{"x":1,"y":2},"reported":{"no":1}}}""");
        var whole = await GetAsync(hub, s_id);

        // A twin that was read is sent back whole.
        var back = JsonNode.Parse(await ReplaceAsync(hub, whole))!;
        Assert.Equal(4, (int?)back["version"]);
        Assert.Equal(3, (int?)back["properties"]!["desired"]!["$version"]);
        Assert.Equal(1, (int?)back["properties"]!["desired"]!["x"]);
        Assert.Null(back["properties"]!["reported"]!["no"]);

        var cleared = JsonNode.Parse(await PatchAsync(hub, """{"tags":null,"properties":{"desired":null}}"""))!;
        Assert.Null(cleared["tags"]);
        Assert.Null(cleared["properties"]!["desired"]!["x"]);
        Assert.Equal(4, (int?)cleared["properties"]!["desired"]!["$version"]);

        await PatchAsync(hub, """{"tags":{"a":1},"properties":{"desired":{"x":1}}}""");
        var replaced = JsonNode.Parse(await ReplaceAsync(hub, """{"tags":{"z":1}}"""))!;
        AssertJson("""{"z":1}""", replaced["tags"]!.ToJsonString());
        Assert.Null(replaced["properties"]!["desired"]!["x"]);
    }

    [Fact]
    public async Task An_empty_patch_changes_nothing()
    {
        await using var hub = await ServicesFixture.OpenAsync(Hub.Telemetry.HubEventSources.None);
        await hub.CreateAsync("d1");
        var before = await GetAsync(hub, s_id);
        Assert.Equal(before, await PatchAsync(hub, """{"tags":{},"properties":{"desired":{}}}"""));
        Assert.Equal(before, await PatchAsync(hub, "{}"));
    }

    [Fact]
    public async Task A_wrong_etag_is_refused_and_the_right_one_taken()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var patch = ServicesFixture.Json("""{"tags":{"a":1}}""");
        Assert.Equal(HubErrorCode.PreconditionFailed, (await hub.Twins.PatchAsync(s_id, patch, "abc", ServicesFixture.Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.PreconditionFailed, (await hub.Twins.ReplaceAsync(s_id, patch, "abc", ServicesFixture.Cancellation)).Error?.Code);
        Assert.True((await hub.Twins.PatchAsync(s_id, patch, "AAAAAAAAAAE=", ServicesFixture.Cancellation)).IsSuccess);
        Assert.True((await hub.Twins.PatchAsync(s_id, patch, "*", ServicesFixture.Cancellation)).IsSuccess);
    }

    [Fact]
    public async Task An_etag_counts_without_the_quotes_that_clients_put_around_it()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var patch = ServicesFixture.Json("""{"tags":{"a":1}}""");
        Assert.True((await hub.Twins.PatchAsync(s_id, patch, "\"AAAAAAAAAAE=\"", ServicesFixture.Cancellation)).IsSuccess);
        Assert.True((await hub.Twins.PatchAsync(s_id, patch, "\"*\"", ServicesFixture.Cancellation)).IsSuccess);
        Assert.True((await hub.Twins.ReplaceAsync(s_id, patch, "\"\"", ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.PreconditionFailed, (await hub.Twins.PatchAsync(s_id, patch, "\"abc\"", ServicesFixture.Cancellation)).Error?.Code);
    }

    [Theory]
    [InlineData("""{"tags":{"a.b":1}}""", "tags")]
    [InlineData("""{"tags":{"a":{"b c":1}}}""", "tags.a")]
    [InlineData("""{"properties":{"desired":{"$x":1}}}""", "properties.desired")]
    [InlineData("""{"properties":{"desired":{"n":4503599627370496}}}""", "properties.desired.n")]
    [InlineData("""{"properties":{"desired":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}}}}}}""", "nested")]
    [InlineData("""{"tags":5}""", "tags")]
    [InlineData("""{"properties":[]}""", "properties")]
    [InlineData("""[]""", "object")]
    [InlineData("""{"tags":{""", "JSON")]
    [InlineData("""{} x""", "JSON")]
    public async Task What_breaks_a_limit_is_refused_with_its_path(string patch, string named)
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var refused = await hub.Twins.PatchAsync(s_id, ServicesFixture.Json(patch), null, ServicesFixture.Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
        Assert.Contains(named, refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_nobody_could_read_back_is_refused()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        byte[][] bodies =
        [
            [.. "{\"a\":\""u8, 0xC3, .. "\"}"u8],
            [.. """{"a":"\ud800"}"""u8],
            [.. """{"\udc00":1}"""u8],
        ];
        foreach (var body in bodies)
        {
            var refused = await hub.Twins.PatchReportedAsync(s_id, body, null, ServicesFixture.Cancellation);
            Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
        }

        Assert.Equal(2, await ReportAsync(hub, """{"a":"\ud83d\ude00"}"""));
    }

    [Fact]
    public async Task A_section_that_would_grow_too_large_stays_as_it_is()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var text = new string('x', 4000);
        for (var i = 0; i < 8; i++)
        {
            await ReportAsync(hub, $"{{\"k{i}\":\"{text}\"}}");
        }

        var refused = await hub.Twins.PatchReportedAsync(s_id, ServicesFixture.Json($"{{\"k9\":\"{text}\"}}"), null, ServicesFixture.Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
        Assert.Equal(10, await ReportAsync(hub, """{"k0":"small"}"""));
    }

    [Fact]
    public async Task Unknown_identities_are_named()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.Twins.GetAsync(new IdentityId("d9"), ServicesFixture.Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.Twins.GetAsync(new IdentityId("d9", "m"), ServicesFixture.Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.ModuleNotFound, (await hub.Twins.GetAsync(new IdentityId("d1", "m"), ServicesFixture.Cancellation)).Error?.Code);
        Assert.Equal(HubErrorCode.ModuleNotFound, (await hub.Twins.PatchReportedAsync(new IdentityId("d1", "m"), ServicesFixture.Json("{}"), null, ServicesFixture.Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_connected_device_gets_its_desired_changes_in_order()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        hub.Connect("d1", link, DeviceFeatures.DesiredProperties);
        await PatchAsync(hub, """{"properties":{"desired":{"a":1,"b":{"c":2},"$version":77}}}""");
        await PatchAsync(hub, """{"tags":{"only":"tags"}}""");
        await PatchAsync(hub, """{"properties":{"desired":{"a":null}}}""");
        await ReplaceAsync(hub, """{"properties":{"desired":{"z":[1, 2]}}}""");
        await PatchAsync(hub, """{"properties":{"desired":null}}""");
        Assert.Equal(
            [
                (2, """{"a":1,"b":{"c":2},"$version":2}"""),
                (3, """{"a":null,"$version":3}"""),
                (4, """{"z":[1,2],"$version":4}"""),
                (5, """{"z":null,"$version":5}"""),
            ],
            link.Desired.ToArray());
        Assert.Contains("\"connectionState\":\"Connected\"", await GetAsync(hub, s_id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writers_of_one_twin_lose_nothing_and_the_device_sees_every_version_once()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        var link = new FakeLink();
        hub.Connect("d1", link, DeviceFeatures.DesiredProperties);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            if (i % 2 == 0)
            {
                await PatchAsync(hub, $"{{\"properties\":{{\"desired\":{{\"d{i}\":{i}}}}}}}");
            }
            else
            {
                await ReportAsync(hub, $"{{\"r{i}\":{i}}}");
            }
        })));
        var view = JsonNode.Parse(await DeviceViewAsync(hub, s_id))!;
        Assert.Equal(30, view["desired"]!.AsObject().Count(p => p.Key[0] == 'd'));
        Assert.Equal(30, view["reported"]!.AsObject().Count(p => p.Key[0] == 'r'));
        Assert.Equal(Enumerable.Range(2, 30).Select(v => (long)v), link.Desired.Select(push => push.Version));
        Assert.Equal(62, (int?)JsonNode.Parse(await GetAsync(hub, s_id))!["version"]);
    }

    [Fact]
    public async Task Twins_that_do_not_fit_the_cache_are_right_all_the_same()
    {
        await using var hub = await ServicesFixture.OpenAsync(Hub.Telemetry.HubEventSources.None, cacheBytes: 16 * 1500);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => hub.CreateAsync($"d{i}")));
        var random = new Random(1);
        var versions = new long[100];
        Array.Fill(versions, 1);
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).OrderBy(_ => random.Next()).Select(i => Task.Run(async () =>
            {
                var id = new IdentityId($"d{i}");
                var view = JsonNode.Parse(await DeviceViewAsync(hub, id))!;
                Assert.Equal(versions[i], (long)view["reported"]!["$version"]!);
                var written = await hub.Twins.PatchReportedAsync(id, ServicesFixture.Json($"{{\"n\":{round}}}"), versions[i], ServicesFixture.Cancellation);
                versions[i] = written.Value;
            })));
        }

        Assert.All(versions, version => Assert.Equal(11, version));
    }

    [Fact]
    public async Task While_the_disk_is_full_a_twin_is_read_and_stays_as_it_is()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        await ReportAsync(hub, """{"a":1}""");
        var before = await GetAsync(hub, s_id);
        hub.Faults.IsFull = true;
        await Assert.ThrowsAsync<Storage.StorageUnavailableException>(() => ReportAsync(hub, """{"a":2}"""));
        Assert.Equal(before, await GetAsync(hub, s_id));
        hub.Faults.IsFull = false;
        Assert.Equal(3, await ReportAsync(hub, """{"a":3}"""));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_restart()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1", initial: """{"tags":{"t":1},"properties":{"desired":{"d":2},"reported":{"r":3}}}""");
        await hub.CreateAsync("d1", "m1");
        await ReportAsync(hub, """{"r":4}""");
        var before = await GetAsync(hub, s_id);
        await hub.RestartAsync();
        Assert.Equal(before, await GetAsync(hub, s_id));
        AssertJson("""{"desired":{"d":2,"$version":1},"reported":{"r":4,"$version":2}}""", await DeviceViewAsync(hub, s_id));
        Assert.Contains("\"moduleId\":\"m1\"", await GetAsync(hub, new IdentityId("d1", "m1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_twin_is_gone_and_a_new_one_begins_anew()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        await ReportAsync(hub, """{"old":1}""");
        await hub.DeleteAsync("d1");
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.Twins.GetAsync(s_id, ServicesFixture.Cancellation)).Error?.Code);
        await hub.CreateAsync("d1", generation: "2");
        Assert.Equal(2, await ReportAsync(hub, """{"new":1}"""));
        Assert.DoesNotContain("old", await GetAsync(hub, s_id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_changes_shows_in_its_twin()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        await ReportAsync(hub, """{"kept":1}""");
        var identity = new Hub.Twins.TwinIdentity
        {
            Id = s_id,
            GenerationId = "1",
            Etag = "NEW",
            Status = "disabled",
            StatusReason = "so \"what\"",
            StatusUpdated = hub.Clock.GetUtcNow(),
            AuthenticationType = "selfSigned",
            PrimaryThumbprint = "AB",
            IotEdge = true,
            DeviceScope = "ms-azure-iot-edge://d1-1",
            ParentScopes = [],
        };
        var transaction = new Storage.StateTransaction().Put("devices", "d1", new byte[] { 1 });
        Assert.True((await hub.Twins.CommitUpdateAsync(transaction, identity, ServicesFixture.Cancellation)).Applied);
        Assert.NotNull(await hub.Store.ReadAsync("devices", "d1", ServicesFixture.Cancellation));
        var twin = JsonNode.Parse(await GetAsync(hub, s_id))!;
        Assert.Equal("NEW", (string?)twin["deviceEtag"]);
        Assert.Equal("disabled", (string?)twin["status"]);
        Assert.Equal("so \"what\"", (string?)twin["statusReason"]);
        Assert.Equal(Start, (string?)twin["statusUpdateTime"]);
        Assert.Equal("AB", (string?)twin["x509Thumbprint"]!["primaryThumbprint"]);
        Assert.True((bool?)twin["capabilities"]!["iotEdge"]);
        Assert.Empty(twin["parentScopes"]!.AsArray());
        Assert.Equal(1, (int?)twin["properties"]!["reported"]!["kept"]);

        var conflicting = new Storage.StateTransaction().Put("devices", "d1", new byte[] { 2 }, expectedVersion: Storage.StateTransaction.Absent);
        var refused = await hub.Twins.CommitUpdateAsync(conflicting, identity with { Etag = "X" }, ServicesFixture.Cancellation);
        Assert.Equal(0, refused.Conflict);
        Assert.Equal("NEW", (string?)JsonNode.Parse(await GetAsync(hub, s_id))!["deviceEtag"]);
    }

    [Fact]
    public async Task Every_change_leaves_its_event_in_the_stream()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        await hub.CreateAsync("d1");
        hub.Clock.Advance(TimeSpan.FromSeconds(2));
        await PatchAsync(hub, """{"tags":{"t":"v"},"properties":{"desired":{"p":"v","gone":null}}}""");
        await ReportAsync(hub, """{"r":1}""");
        await ReplaceAsync(hub, """{"tags":{"t":"w"}}""");
        await hub.DeleteAsync("d1");
        var events = await hub.ReadEventsAsync(5);
        Assert.Equal(
            ["createDeviceIdentity", "updateTwin", "updateTwin", "replaceTwin", "deleteDeviceIdentity"], events.Select(e => e.Properties["opType"]));
        Assert.Equal(
            ["deviceLifecycleEvents", "twinChangeEvents", "twinChangeEvents", "twinChangeEvents", "deviceLifecycleEvents"], events.Select(e => e.Source));
        Assert.All(events, e =>
        {
            Assert.Equal(s_id, e.Device);
            Assert.Equal("1", e.GenerationId);
            Assert.Equal("hub", e.Properties["hubName"]);
            Assert.Equal("d1", e.Properties["deviceId"]);
            Assert.Equal("application/json", e.Properties[SystemProperty.ContentType]);
            Assert.Equal("utf-8", e.Properties[SystemProperty.ContentEncoding]);
            Assert.Equal("hub", e.Properties[SystemProperty.UserId]);
            Assert.NotNull(e.Properties[SystemProperty.CorrelationId]);
        });
        const string T = "2026-01-01T00:00:02.0000000Z";
        Assert.Equal(T, events[1].Properties["operationTimestamp"]);
        Assert.Equal("twinChangeNotification", events[1].Properties["iothub-message-schema"]);
        AssertJson(
            $$$$$$"""
            {"version":3,"tags":{"t":"v"},"properties":{"desired":{"p":"v","gone":null,
             "$metadata":{"$lastUpdated":"{{{{{{T}}}}}}","$lastUpdatedVersion":2,"p":{"$lastUpdated":"{{{{{{T}}}}}}","$lastUpdatedVersion":2}},"$version":2}}}
            """,
            ServicesFixture.Text(events[1].Body));
        AssertJson(
            $$$$$$"""{"version":4,"properties":{"reported":{"r":1,"$metadata":{"$lastUpdated":"{{{{{{T}}}}}}","r":{"$lastUpdated":"{{{{{{T}}}}}}"}},"$version":2}}}""",
            ServicesFixture.Text(events[2].Body));
        var replaced = JsonNode.Parse(events[3].Body.Span)!;
        Assert.Equal("w", (string?)replaced["tags"]!["t"]);
        Assert.Equal(1, (int?)replaced["properties"]!["reported"]!["r"]);
        Assert.Equal("d1", (string?)replaced["deviceId"]);
    }

    private static async Task<string> GetAsync(ServicesFixture hub, IdentityId id) =>
        Text(await hub.Twins.GetAsync(id, ServicesFixture.Cancellation));

    private static async Task<string> DeviceViewAsync(ServicesFixture hub, IdentityId id) =>
        Text(await hub.Twins.GetDeviceViewAsync(id, ServicesFixture.Cancellation));

    private static async Task<string> PatchAsync(ServicesFixture hub, string patch) =>
        Text(await hub.Twins.PatchAsync(s_id, ServicesFixture.Json(patch), null, ServicesFixture.Cancellation));

    private static async Task<string> ReplaceAsync(ServicesFixture hub, string twin) =>
        Text(await hub.Twins.ReplaceAsync(s_id, ServicesFixture.Json(twin), null, ServicesFixture.Cancellation));

    private static async Task<long> ReportAsync(ServicesFixture hub, string patch)
    {
        var result = await hub.Twins.PatchReportedAsync(s_id, ServicesFixture.Json(patch), null, ServicesFixture.Cancellation);
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }

    private static string Text(HubResult<ReadOnlyMemory<byte>> result)
    {
        Assert.True(result.IsSuccess, result.Error?.Message);
        using var valid = JsonDocument.Parse(result.Value);
        return ServicesFixture.Text(result.Value);
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}\nactual {actual}");
}
