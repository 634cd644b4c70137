using System.Net;
using System.Text.Json;
using Nave.Api;

namespace Nave.Server.Tests.Http;

public sealed class HttpHeadTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Version = "?api-version=2021-04-12";

    [Fact]
    public async Task A_hub_on_standby_says_so_and_refuses_devices_but_no_service()
    {
        var key = (await server.SendAsync("PUT", "/devices/standby-1" + Version, """{"deviceId":"standby-1"}""")).EnsureSuccessStatusCode();
        using var created = JsonDocument.Parse(await key.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var deviceKey = created.RootElement.GetProperty("authentication").GetProperty("symmetricKey").GetProperty("primaryKey").GetString()!;
        var token = SasToken.Create(
            $"{RunningServer.HostName}/devices/standby-1", Convert.FromBase64String(deviceKey), TimeProvider.System.GetUtcNow().AddHours(1));
        const string Events = "/devices/standby-1/messages/events" + Version;
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/activez", token: "")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Events, "{}", token)).StatusCode);
        try
        {
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("PUT", "/nave/standby", """{"standby":true}""")).StatusCode);
            var state = await server.SendAsync("GET", "/nave/standby");
            Assert.Contains("\"standby\":true", await state.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync("GET", "/activez", token: "")).StatusCode);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync("POST", Events, "{}", token)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/devices/standby-1" + Version)).StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("PUT", "/nave/standby", "{}")).StatusCode);
        }
        finally
        {
            await server.SendAsync("PUT", "/nave/standby", """{"standby":false}""");
        }

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Events, "{}", token)).StatusCode);
    }

    [Fact]
    public async Task An_unknown_device_is_told_in_Azures_form()
    {
        using var response = await server.SendAsync("GET", "/devices/nobody" + Version);
        await AssertErrorAsync(response, HttpStatusCode.NotFound, HubErrorCode.DeviceNotFound, "nobody");
        Assert.True(response.Headers.Contains("x-ms-request-id"));
    }

    [Theory]
    [InlineData("/devices/d1", "''")]
    [InlineData("/devices/d1?api-version=2015-01-01", "'2015-01-01'")]
    [InlineData("/devices/d1?api-version=latest", "'latest'")]
    public async Task An_api_version_that_is_missing_or_unknown_is_refused_by_its_value(string path, string named)
    {
        using var response = await server.SendAsync("GET", path);
        await AssertErrorAsync(response, HttpStatusCode.BadRequest, HubErrorCode.InvalidProtocolVersion, named);
    }

    [Fact]
    public async Task A_host_name_that_is_no_hub_is_refused()
    {
        using var response = await server.SendAsync("GET", "/devices" + Version, host: "localhost");
        await AssertErrorAsync(response, HttpStatusCode.Unauthorized, HubErrorCode.IotHubNotFound, "'localhost'");
    }

    [Theory]
    [InlineData("")]
    [InlineData("SharedAccessSignature sr=hub.localhost&sig=AAAA&se=9999999999&skn=iothubowner")]
    [InlineData("nonsense")]
    public async Task A_call_without_a_good_token_is_refused(string token)
    {
        using var response = await server.SendAsync("GET", "/devices" + Version, token: token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("AAAA", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("many")]
    public async Task A_page_size_out_of_range_is_refused_with_the_range(string top)
    {
        using var response = await server.SendAsync("GET", "/devices" + Version + "&top=" + top);
        await AssertErrorAsync(response, HttpStatusCode.BadRequest, HubErrorCode.ArgumentInvalid, $"'{top}'", "1 to 1000");
    }

    [Fact]
    public async Task A_body_that_names_another_device_than_the_path_is_refused()
    {
        using var response = await server.SendAsync("PUT", "/devices/one" + Version, """{"deviceId":"two"}""");
        await AssertErrorAsync(response, HttpStatusCode.BadRequest, HubErrorCode.ArgumentInvalid, "'two'", "'one'");
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_refused_without_repeating_it()
    {
        using var response = await server.SendAsync("PUT", "/devices/one" + Version, """{"deviceId":"one","secret" """);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("\"*\"")]
    public async Task An_etag_of_any_spelling_fits(string ifMatch)
    {
        var id = "etag-" + ifMatch.Length;
        using var created = await server.SendAsync("PUT", $"/devices/{id}{Version}", $$"""{"deviceId":"{{id}}"}""");
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        Assert.Matches("^\"[A-Za-z0-9+/=]+\"$", created.Headers.ETag!.Tag);
        using var patched = await server.SendAsync(
            "PATCH", $"/twins/{id}{Version}", """{"tags":{"a":1}}""", headers: ("If-Match", ifMatch));
        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);
        using var stale = await server.SendAsync(
            "PATCH", $"/twins/{id}{Version}", """{"tags":{"a":2}}""", headers: ("If-Match", "\"abc\""));
        await AssertErrorAsync(stale, HttpStatusCode.PreconditionFailed, HubErrorCode.PreconditionFailed);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_before_it_is_read()
    {
        using var response = await server.SendAsync("POST", "/devices/query" + Version, $$"""{"query":"{{new string('x', 70_000)}}"}""");
        await AssertErrorAsync(response, HttpStatusCode.RequestEntityTooLarge, HubErrorCode.MessageTooLarge, "65536");
    }

    [Fact]
    public async Task An_operation_that_does_not_exist_is_named()
    {
        using var response = await server.SendAsync("GET", "/nothing/here" + Version);
        await AssertErrorAsync(response, HttpStatusCode.NotFound, HubErrorCode.GenericNotFound, "/nothing/here");
    }

    [Fact]
    public async Task Trailing_slashes_and_letter_case_of_fixed_parts_do_not_matter()
    {
        using var slash = await server.SendAsync("GET", "/devices/" + Version);
        using var letters = await server.SendAsync("GET", "/Devices" + Version);
        Assert.Equal(HttpStatusCode.OK, slash.StatusCode);
        Assert.Equal(HttpStatusCode.OK, letters.StatusCode);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Health_needs_no_token_and_no_host_name(string path)
    {
        using var response = await server.SendAsync("GET", path, token: "", host: "127.0.0.1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Metrics_are_lines_that_Prometheus_reads()
    {
        using var response = await server.SendAsync("GET", "/metrics", token: "");
        Assert.StartsWith("text/plain; version=0.0.4", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("# TYPE ", StringComparison.Ordinal));
        Assert.All(
            lines.Where(line => !line.StartsWith('#')),
            line => Assert.Matches("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)+\})? [-+0-9.eE]+$""", line));
    }

    [Fact]
    public async Task Hubs_are_made_listed_and_deleted_by_the_owner_of_the_default_hub()
    {
        using var created = await server.SendAsync("PUT", "/nave/hubs/second", """{"hostName":"second.localhost","partitions":2}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var description = JsonDocument.Parse(await created.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var ownerOfSecond = RunningServer.Token("second.localhost", description.RootElement.GetProperty("serviceConnectionString").GetString()!);

        using var empty = await server.SendAsync("GET", "/devices" + Version, token: ownerOfSecond, host: "second.localhost");
        Assert.Equal("[]", await empty.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var foreign = await server.SendAsync("GET", "/devices" + Version, host: "second.localhost");
        Assert.Equal(HttpStatusCode.Unauthorized, foreign.StatusCode);
        using var notAdministrator = await server.SendAsync("GET", "/nave/hubs", token: ownerOfSecond, host: "second.localhost");
        Assert.Equal(HttpStatusCode.Unauthorized, notAdministrator.StatusCode);
        using var list = await server.SendAsync("GET", "/nave/hubs");
        var listed = await list.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("second.localhost", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("SharedAccessKey=", listed, StringComparison.Ordinal);

        using var deleted = await server.SendAsync("DELETE", "/nave/hubs/second");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await server.SendAsync("GET", "/devices" + Version, token: ownerOfSecond, host: "second.localhost");
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
    }

    [Theory]
    [InlineData("third.localhost", "{}", HttpStatusCode.Created)]
    [InlineData("fourth.localhost", """{"hostName":"fourth.localhost"}""", HttpStatusCode.Created)]
    [InlineData("fifth", """{"hostName":"sixth.localhost"}""", HttpStatusCode.BadRequest)]
    [InlineData("seventh", """{"partitions":33}""", HttpStatusCode.BadRequest)]
    [InlineData("eighth", """{"tier":"gold"}""", HttpStatusCode.BadRequest)]
    [InlineData("hub", "{}", HttpStatusCode.Conflict)]
    public async Task A_hub_is_named_by_its_host_name_or_the_first_label(string name, string definition, HttpStatusCode expected)
    {
        using var created = await server.SendAsync("PUT", "/nave/hubs/" + name, definition);
        Assert.Equal(expected, created.StatusCode);
    }

    [Fact]
    public async Task The_default_hub_is_not_deleted()
    {
        using var response = await server.SendAsync("DELETE", "/nave/hubs/hub");
        await AssertErrorAsync(response, HttpStatusCode.BadRequest, HubErrorCode.InvalidOperation, "'hub'");
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, HttpStatusCode status, HubErrorCode code, params string[] named)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
        Assert.Equal(code.ToString(), Assert.Single(response.Headers.GetValues("iothub-errorcode")));
        using var body = JsonDocument.Parse(text);
        var message = body.RootElement.GetProperty("Message").GetString()!;
        Assert.StartsWith($"ErrorCode:{code};", message, StringComparison.Ordinal);
        Assert.StartsWith("Tracking ID:", body.RootElement.GetProperty("ExceptionMessage").GetString(), StringComparison.Ordinal);
        Assert.All(named, value => Assert.Contains(value, message, StringComparison.Ordinal));
    }
}
