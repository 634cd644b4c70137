using System.Net;
using System.Text.Json.Nodes;

namespace Nave.Server.Tests.Http;

/// <summary>Feedback over HTTPS, as Azure has it.</summary>
public sealed class FeedbackHttpTests
{
    private const string Version = "?api-version=2021-04-12";
    private const string Feedback = "/messages/serviceBound/feedback";

    [Fact]
    public async Task Feedback_is_received_under_a_lock_abandoned_and_completed()
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        using var nothing = await server.SendAsync("GET", Feedback + Version);
        Assert.Equal(HttpStatusCode.NoContent, nothing.StatusCode);

        // A message that is purged tells its sender so.
        using var device = await server.SendAsync("PUT", "/devices/d1" + Version, """{"deviceId":"d1"}""");
        Assert.Equal(HttpStatusCode.OK, device.StatusCode);
        using var sent = await server.SendAsync(
            "POST", "/devices/d1/messages/devicebound" + Version, "{}", headers: [("iothub-ack", "full"), ("iothub-messageid", "m1")]);
        Assert.Equal(HttpStatusCode.NoContent, sent.StatusCode);
        using var purged = await server.SendAsync("DELETE", "/devices/d1/commands" + Version);
        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);

        using var first = await server.SendAsync("GET", Feedback + Version);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("application/vnd.microsoft.iothub.feedback.json", first.Content.Headers.ContentType!.MediaType);
        var record = Assert.Single(JsonNode.Parse(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsArray())!;
        Assert.Equal(("m1", "Purged", "d1"), ((string?)record["originalMessageId"], (string?)record["statusCode"], (string?)record["deviceId"]));
        using var held = await server.SendAsync("GET", Feedback + Version);
        Assert.Equal(HttpStatusCode.NoContent, held.StatusCode);

        var token = first.Headers.ETag!.Tag.Trim('"');
        using var abandoned = await server.SendAsync("POST", $"{Feedback}/{token}/abandon{Version}");
        Assert.Equal(HttpStatusCode.NoContent, abandoned.StatusCode);

        // What was handed out before does not wait for others again.
        using var second = await server.SendAsync("GET", Feedback + Version);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("1", second.Headers.GetValues("iothub-deliverycount").Single());
        token = second.Headers.ETag!.Tag.Trim('"');
        using var completed = await server.SendAsync("DELETE", $"{Feedback}/{token}{Version}");
        Assert.Equal(HttpStatusCode.NoContent, completed.StatusCode);
        using var late = await server.SendAsync("DELETE", $"{Feedback}/{token}{Version}");
        Assert.Equal(HttpStatusCode.PreconditionFailed, late.StatusCode);
    }

    [Theory]
    [InlineData("DELETE", "/nonsense")]
    [InlineData("DELETE", "/00000000-0000-0000-0000-000000000001")]
    [InlineData("POST", "/00000000-0000-0000-0000-000000000001/abandon")]
    public async Task A_lock_that_nobody_holds_is_lost(string method, string path)
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        using var response = await server.SendAsync(method, Feedback + path + Version);
        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
        Assert.Equal("DeviceMessageLockLost", response.Headers.GetValues("iothub-errorcode").Single());
    }
}
