using System.Net;
using System.Text.Json;

namespace Nave.Server.Tests.Http;

public sealed class HttpMethodBatchTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Each_call_of_a_batch_has_a_result_of_its_own()
    {
        using var created = await server.SendAsync("PUT", "/devices/quiet?api-version=2021-04-12", """{"deviceId":"quiet"}""");
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        var results = await ResultsAsync(
            """
            {"deviceId":"quiet","methodName":"reboot"}

            {"deviceId":"nobody","methodName":"reboot","payload":{"n":1}}
            {"deviceId":"a b","methodName":"reboot"}
            {"deviceId":"quiet","methodName":"no good"}
            {"deviceId":"quiet","methodName":"slow","responseTimeoutInSeconds":4}
            """);
        Assert.Equal([404103, 404001, 400004, 400004, 400004], results.Select(result => result.GetProperty("errorCode").GetInt32()));
        Assert.Equal(["quiet", "nobody", "a b", "quiet", "quiet"], results.Select(result => result.GetProperty("deviceId").GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("{\"deviceId\":\"d\",\"methodName\":\"m\"}\nnot JSON")]
    [InlineData("[]")]
    public async Task A_batch_that_is_no_lines_of_calls_is_refused_whole(string body)
    {
        using var response = await server.SendAsync("POST", "/nave/methods", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_batch_needs_the_service_right()
    {
        using var response = await server.SendAsync("POST", "/nave/methods", "{}", token: "");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<List<JsonElement>> ResultsAsync(string lines)
    {
        using var response = await server.SendAsync("POST", "/nave/methods", lines);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .OrderBy(result => result.GetProperty("index").GetInt32())];
    }
}
