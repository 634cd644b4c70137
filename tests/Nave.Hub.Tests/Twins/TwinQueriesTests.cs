using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Storage;

namespace Nave.Hub.Tests.Twins;

public sealed class TwinQueriesTests
{
    [Fact]
    public async Task What_was_just_written_is_found_by_tag_key_and_property()
    {
        await using var hub = await SeveralAsync();
        Assert.Equal(["d02", "d12"], await IdsAsync(hub, "SELECT * FROM devices WHERE tags.site = 's2'"));
        Assert.Equal(["d03"], await IdsAsync(hub, "SELECT * FROM devices WHERE deviceId = 'd03'"));
        Assert.Equal(["d04", "d05"], await IdsAsync(hub, "SELECT * FROM devices WHERE deviceId IN ['d05','d04','none','not an id']"));
        Assert.Equal(["d07"], await IdsAsync(hub, "SELECT * FROM devices WHERE properties.reported.n = 7"));
        Assert.Equal(["d18", "d19"], await IdsAsync(hub, "SELECT * FROM devices WHERE status = 'disabled'"));
        Assert.Equal(["d01", "d11"], await IdsAsync(hub, "SELECT * FROM devices WHERE tags.site = 's1' OR tags.nothing = 5"));
        await hub.Twins.PatchAsync(new IdentityId("d02"), ServicesFixture.Json("""{"tags":{"site":null}}"""), null, ServicesFixture.Cancellation);
        Assert.Equal(["d12"], await IdsAsync(hub, "SELECT * FROM devices WHERE tags.site = 's2'"));
    }

    [Fact]
    public async Task Pages_cover_every_row_once()
    {
        await using var hub = await SeveralAsync();
        var ids = new List<string>();
        string? continuation = null;
        do
        {
            var page = await RunAsync(hub, "SELECT deviceId FROM devices WHERE properties.reported.n >= 3", 4, continuation);
            Assert.Equal("Raw", page.ItemType);
            Assert.InRange(page.Items.Count, 1, 4);
            ids.AddRange(page.Items.Select(item => (string)JsonNode.Parse(item.Span)!["deviceId"]!));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        Assert.Equal(Enumerable.Range(3, 17).Select(i => $"d{i:D2}"), ids);
    }

    [Fact]
    public async Task What_connections_change_can_be_asked_for()
    {
        await using var hub = await SeveralAsync();
        hub.Connect("d06", new FakeLink());
        var message = new CloudToDeviceMessage(EventProperties.Empty, "x"u8.ToArray());
        Assert.True((await hub.Services.CloudToDevice.SendAsync(new IdentityId("d08"), message, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(["d06"], await IdsAsync(hub, "SELECT * FROM devices WHERE connectionState = 'Connected'"));
        Assert.Equal(["d08"], await IdsAsync(hub, "SELECT * FROM devices WHERE cloudToDeviceMessageCount > 0"));
        var row = JsonNode.Parse((await RunAsync(hub, "SELECT * FROM devices WHERE deviceId = 'd06'")).Items[0].Span)!;
        Assert.Equal("Connected", (string?)row["connectionState"]);
        Assert.NotNull(row["properties"]!["reported"]!["$metadata"]);
    }

    [Fact]
    public async Task Counting_uses_the_index_or_reads()
    {
        await using var hub = await SeveralAsync();
        Assert.Equal("{\"n\":20}", await FirstAsync(hub, "SELECT COUNT() AS n FROM devices"));
        Assert.Equal("{\"n\":2}", await FirstAsync(hub, "SELECT COUNT() AS n FROM devices WHERE status = 'disabled'"));
        Assert.Equal("{\"n\":2}", await FirstAsync(hub, "SELECT COUNT() AS n FROM devices WHERE tags.site = 's4'"));
        Assert.Equal("{\"n\":10}", await FirstAsync(hub, "SELECT COUNT() AS n FROM devices WHERE properties.reported.n >= 10"));
    }

    [Fact]
    public async Task A_twin_with_more_tags_than_are_indexed_is_still_found()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var tags = string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"t{i}\":{i}"));
        await hub.CreateAsync("big", initial: $"{{\"tags\":{{{tags}}}}}");
        await hub.CreateAsync("small", initial: """{"tags":{"t299":299}}""");
        await hub.CreateAsync("other", initial: """{"tags":{"t299":1}}""");
        Assert.Equal(["big", "small"], await IdsAsync(hub, "SELECT * FROM devices WHERE tags.t299 = 299"));
        Assert.Equal("{\"n\":2}", await FirstAsync(hub, "SELECT COUNT() AS n FROM devices WHERE tags.t299 = 299"));
    }

    [Fact]
    public async Task Modules_have_their_own_rows()
    {
        await using var hub = await SeveralAsync();
        foreach (var (device, module) in ((string, string)[])[("d01", "m1"), ("d01", "m2"), ("d02", "m1")])
        {
            await hub.CreateAsync(device, module, initial: $"{{\"tags\":{{\"of\":\"{device}\"}}}}");
        }

        var all = await RunAsync(hub, "SELECT * FROM devices.modules");
        Assert.Equal(["d01/m1", "d01/m2", "d02/m1"], all.Items.Select(NameOf));
        Assert.Equal(["d01/m1", "d01/m2"], (await RunAsync(hub, "SELECT * FROM devices.modules WHERE deviceId = 'd01'")).Items.Select(NameOf));
        Assert.Equal(["d02/m1"], (await RunAsync(hub, "SELECT * FROM devices.modules WHERE tags.of = 'd02'")).Items.Select(NameOf));
        Assert.Equal(["d01/m2"], (await RunAsync(hub, "SELECT * FROM devices.modules WHERE moduleId = 'm2'")).Items.Select(NameOf));
        var first = await RunAsync(hub, "SELECT * FROM devices.modules WHERE deviceId = 'd01'", 1);
        Assert.Equal(["d01/m2"], (await RunAsync(hub, "SELECT * FROM devices.modules WHERE deviceId = 'd01'", 1, first.Continuation)).Items.Select(NameOf));
        Assert.Equal(20, (await RunAsync(hub, "SELECT * FROM devices", 1000)).Items.Count);
    }

    [Fact]
    public async Task Jobs_are_read_as_they_are_stored()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        Assert.Empty((await RunAsync(hub, "SELECT * FROM devices.jobs")).Items);
        var transaction = new StateTransaction();
        foreach (var (device, status) in (ReadOnlySpan<(string, string)>)[("d1", "completed"), ("d2", "failed")])
        {
            var row = ServicesFixture.Json($$"""{"deviceId":"{{device}}","jobId":"j1","status":"{{status}}"}""");
            transaction.Put(Hub.Twins.TwinQueries.JobsCollection, $"j1\0{device}", row, StateTransaction.Any, Hub.Jobs.DeviceJobIndex.Rows.TermsOf(row));
        }

        await hub.Store.CommitAsync(transaction, ServicesFixture.Cancellation);
        var page = await RunAsync(hub, "SELECT * FROM devices.jobs WHERE devices.jobs.status = 'failed'");
        Assert.Equal("DeviceJob", page.ItemType);
        Assert.Equal("""{"deviceId":"d2","jobId":"j1","status":"failed"}""", ServicesFixture.Text(Assert.Single(page.Items)));
    }

    [Theory]
    [InlineData("SELECT * FROM device", null)]
    [InlineData("SELECT * FROM devices WHERE", null)]
    [InlineData("SELECT * FROM devices", "bm90IG91cnM=")]
    public async Task A_wrong_query_or_token_is_an_argument_error(string query, string? continuation)
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var result = await hub.Services.Queries.RunAsync(query, null, continuation, ServicesFixture.Cancellation);
        Assert.Equal(HubErrorCode.ArgumentInvalid, result.Error?.Code);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await hub.Services.Queries.RunAsync("SELECT * FROM devices", 1001, null, ServicesFixture.Cancellation)).Error?.Code);
    }

    private static async Task<ServicesFixture> SeveralAsync()
    {
        var hub = await ServicesFixture.OpenAsync(Hub.Telemetry.HubEventSources.None);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => hub.CreateAsync(
            $"d{i:D2}",
            initial: $"{{\"tags\":{{\"site\":\"s{i % 10}\"}},\"properties\":{{\"reported\":{{\"n\":{i}}}}}}}",
            status: i < 18 ? "enabled" : "disabled")));
        return hub;
    }

    private static string NameOf(ReadOnlyMemory<byte> row) => $"{(string?)JsonNode.Parse(row.Span)!["deviceId"]}/{(string?)JsonNode.Parse(row.Span)!["moduleId"]}";

    private static async Task<string> FirstAsync(ServicesFixture hub, string query) => ServicesFixture.Text((await RunAsync(hub, query)).Items[0]);

    private static async Task<string[]> IdsAsync(ServicesFixture hub, string query) =>
        [.. (await RunAsync(hub, query)).Items.Select(item => (string)JsonNode.Parse(item.Span)!["deviceId"]!)];

    private static async Task<Hub.Twins.QueryPage> RunAsync(ServicesFixture hub, string query, int? pageSize = null, string? continuation = null)
    {
        var result = await hub.Services.Queries.RunAsync(query, pageSize, continuation, ServicesFixture.Cancellation);
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }
}
