using System.Net;
using System.Text.Json.Nodes;

namespace Nave.Server.Tests.Http;

public sealed class ConsumerGroupHttpTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_group_is_created_listed_shown_and_deleted()
    {
        using var created = await server.SendAsync("PUT", "/nave/consumer-groups/Reports");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("Reports", (string?)(await JsonAsync(created))["name"]);
        using var again = await server.SendAsync("PUT", "/nave/consumer-groups/reports");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("Reports", (string?)(await JsonAsync(again))["name"]);
        using var list = await server.SendAsync("GET", "/nave/consumer-groups");
        var names = (await JsonAsync(list)).AsArray().Select(group => (string?)group!["name"]).ToList();
        Assert.Equal("$Default", names[0]);
        Assert.Contains("Reports", names);
        using var shown = await server.SendAsync("GET", "/nave/consumer-groups/REPORTS");
        Assert.NotNull((string?)(await JsonAsync(shown))["created"]);
        using var deleted = await server.SendAsync("DELETE", "/nave/consumer-groups/reports");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await server.SendAsync("GET", "/nave/consumer-groups/reports");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("PUT", "/nave/consumer-groups/a%20b", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "/nave/consumer-groups/$Default", HttpStatusCode.BadRequest)]
    [InlineData("DELETE", "/nave/consumer-groups/nobody", HttpStatusCode.NotFound)]
    public async Task What_may_not_be_is_refused_with_the_reason(string method, string path, HttpStatusCode expected)
    {
        using var response = await server.SendAsync(method, path);
        Assert.Equal(expected, response.StatusCode);
        Assert.Contains("onsumer group", (string?)(await JsonAsync(response))["Message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nave/consumer-groups")]
    [InlineData("PUT", "/nave/consumer-groups/x")]
    [InlineData("DELETE", "/nave/consumer-groups/x")]
    public async Task Only_the_owner_may(string method, string path)
    {
        using var policies = await server.SendAsync("GET", "/nave/policies");
        var service = (await JsonAsync(policies)).AsArray().Single(policy => (string?)policy!["name"] == "service")!;
        var token = RunningServer.Token(
            RunningServer.HostName, $"HostName={RunningServer.HostName};SharedAccessKeyName=service;SharedAccessKey={(string?)service["primaryKey"]}");
        using var response = await server.SendAsync(method, path, token: token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
}
