using System.Net;
using System.Text;
using Nave.Api;

namespace Nave.Server.Tests.Http;

public sealed class HttpEventTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Version = "?api-version=2021-04-12";

    [Fact]
    public async Task An_event_sent_over_HTTPS_is_read_back_with_its_properties()
    {
        var token = await CreateDeviceAsync("single");
        using var sent = await server.SendAsync(
            "POST",
            "/devices/single/messages/events" + Version,
            """{"t":1}""",
            token,
            headers: [("iothub-messageid", "m1"), ("iothub-contenttype", "application/json"), ("iothub-app-room", "kitchen")]);
        Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);

        var line = Assert.Single(await ReadAsync("from=earliest&untilEnd=true&deviceId=single"), IsTelemetry);
        Assert.Equal("single", line.DeviceId);
        Assert.Equal("m1", line.Properties[SystemProperty.MessageId]);
        Assert.Equal("kitchen", line.Properties["room"]);
        Assert.Equal("""{"t":1}""", Encoding.UTF8.GetString(line.Body.Span));
    }

    [Fact]
    public async Task A_batch_becomes_an_event_an_entry_in_order()
    {
        var token = await CreateDeviceAsync("batch");
        using var sent = await server.SendAsync(
            "POST",
            "/devices/batch/messages/events" + Version,
            """[{"body":"b25l","properties":{"iothub-app-n":"1"}},{"body":"two","base64Encoded":false},{"body":"dGhyZWU="}]""",
            token,
            headers: ("Content-Type", "application/vnd.microsoft.iothub.json"));
        Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);

        var lines = (await ReadAsync("from=earliest&untilEnd=true&deviceId=batch")).Where(IsTelemetry).ToList();
        Assert.Equal(["one", "two", "three"], lines.Select(line => Encoding.UTF8.GetString(line.Body.Span)));
        Assert.Equal("1", lines[0].Properties["n"]);
        Assert.Equal(lines[0].SequenceNumber + 2, lines[2].SequenceNumber);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""[{"body":5}]""")]
    [InlineData("""[{"body":"not base64!"}]""")]
    [InlineData("""[{"body":"b25l","properties":{"iothub-app-n":1}}]""")]
    [InlineData("[{")]
    public async Task A_malformed_batch_is_refused_whole(string batch)
    {
        var id = $"malformed-{batch.GetHashCode(StringComparison.Ordinal):x}";
        var token = await CreateDeviceAsync(id);
        using var sent = await server.SendAsync(
            "POST", $"/devices/{id}/messages/events{Version}", batch, token, headers: ("Content-Type", "application/vnd.microsoft.iothub.json"));
        Assert.Equal(HttpStatusCode.BadRequest, sent.StatusCode);
        Assert.DoesNotContain(await ReadAsync($"from=earliest&untilEnd=true&deviceId={id}"), IsTelemetry);
    }

    [Fact]
    public async Task An_event_above_256_KiB_is_refused()
    {
        var token = await CreateDeviceAsync("large");
        using var sent = await server.SendAsync("POST", "/devices/large/messages/events" + Version, new string('x', (256 * 1024) + 1), token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, sent.StatusCode);
    }

    [Fact]
    public async Task A_reader_that_follows_gets_what_comes_later()
    {
        var token = await CreateDeviceAsync("live");
        using var response = await server.SendAsync("GET", "/nave/events?from=latest&deviceId=live");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        using var sent = await server.SendAsync("POST", "/devices/live/messages/events" + Version, "now", token);
        EventLine line;
        do
        {
            // The device's creation may be relayed to the stream only now.
            line = EventJson.Parse(Encoding.UTF8.GetBytes((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!));
        }
        while (!IsTelemetry(line));
        Assert.Equal("now", Encoding.UTF8.GetString(line.Body.Span));
    }

    [Theory]
    [InlineData("from=yesterday", "yesterday")]
    [InlineData("from=12", "12")]
    [InlineData("partition=4", "0 to 3")]
    public async Task A_place_to_start_that_does_not_exist_is_refused(string query, string named)
    {
        using var response = await server.SendAsync("GET", "/nave/events?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_waits_for_the_device_until_it_is_completed()
    {
        var token = await CreateDeviceAsync("queue");
        using var queued = await server.SendAsync(
            "POST", "/devices/queue/messages/devicebound" + Version, "open", headers: ("iothub-messageid", "c1"));
        Assert.Equal(HttpStatusCode.NoContent, queued.StatusCode);
        using var received = await server.SendAsync("GET", "/devices/queue/messages/devicebound" + Version, token: token);
        Assert.Equal("open", await received.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("c1", Assert.Single(received.Headers.GetValues("iothub-messageid")));
        using var locked = await server.SendAsync("GET", "/devices/queue/messages/devicebound" + Version, token: token);
        Assert.Equal(HttpStatusCode.NoContent, locked.StatusCode);

        var lockToken = received.Headers.ETag!.Tag.Trim('"');
        using var completed = await server.SendAsync("DELETE", $"/devices/queue/messages/devicebound/{lockToken}{Version}", token: token);
        Assert.Equal(HttpStatusCode.NoContent, completed.StatusCode);
        using var twice = await server.SendAsync("DELETE", $"/devices/queue/messages/devicebound/{lockToken}{Version}", token: token);
        Assert.Equal(HttpStatusCode.PreconditionFailed, twice.StatusCode);
    }

    private static bool IsTelemetry(EventLine line) => line.Source == "Telemetry";

    private async Task<string> CreateDeviceAsync(string id)
    {
        var key = Convert.ToBase64String(Encoding.UTF8.GetBytes("a key of this test: " + id)[..20]);
        using var created = await server.SendAsync(
            "PUT", $"/devices/{id}{Version}", $$"""{"deviceId":"{{id}}","authentication":{"symmetricKey":{"primaryKey":"{{key}}","secondaryKey":"{{key}}"} } }""");
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        return SasToken.Create($"{RunningServer.HostName}/devices/{id}", Convert.FromBase64String(key), TimeProvider.System.GetUtcNow().AddHours(1), null);
    }

    private async Task<List<EventLine>> ReadAsync(string query)
    {
        using var response = await server.SendAsync("GET", "/nave/events?" + query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => EventJson.Parse(Encoding.UTF8.GetBytes(line)))];
    }
}
