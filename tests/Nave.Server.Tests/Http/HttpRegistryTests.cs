using System.Net;
using System.Text.Json;
using Nave.Api;

namespace Nave.Server.Tests.Http;

/// <summary><c>GET</c> and <c>POST /nave/registry</c>.</summary>
public sealed class HttpRegistryTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Path = "/nave/registry";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_are_applied_each_on_its_own_whatever_ends_them_and_are_read_again()
    {
        var result = await WriteAsync("\r\n{\"id\":\"one\"}\r\n \t\r\n{\"id\":\"one\",\"moduleId\":\"m\"}\nnot JSON\n{\"id\":\"two\"}");
        Assert.Equal(3, result.Applied);
        Assert.Equal((2, "DeserializationError"), (Assert.Single(result.Errors).Index, result.Errors[0].ErrorCode));

        Assert.Equal(["two", "one", "one"], (await ReadAsync("?id=two&id=nobody&id=one")).Select(line => line.GetProperty("id").GetString()));
        var withKeys = Assert.Single(await ReadAsync("?keys=true&id=two"));
        Assert.NotNull(withKeys.GetProperty("authentication").GetProperty("symmetricKey").GetProperty("primaryKey").GetString());
        var without = Assert.Single(await ReadAsync("?keys=false&id=two"));
        Assert.Equal(JsonValueKind.Null, without.GetProperty("authentication").GetProperty("symmetricKey").GetProperty("primaryKey").ValueKind);
    }

    [Theory]
    [InlineData("?keys=yes")]
    [InlineData("?id=")]
    [InlineData("?id=a%00b")]
    [InlineData("?id=a%20b")]
    [InlineData("?id=a%2Fb")]
    public async Task What_is_asked_for_wrongly_is_refused(string query)
    {
        using var response = await server.SendAsync("GET", Path + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_hundred_ids_are_permitted_and_no_more()
    {
        var ids = string.Join('&', Enumerable.Range(0, 100).Select(i => $"id=d{i}"));
        Assert.Empty(await ReadAsync("?" + ids));
        using var response = await server.SendAsync("GET", $"{Path}?{ids}&id=more");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_body_with_too_many_lines_is_refused_whole()
    {
        using var response = await server.SendAsync("POST", Path, string.Concat(Enumerable.Range(0, 1001).Select(i => $"{{\"id\":\"many-{i}\"}}\n")));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await ReadAsync("?id=many-0&id=many-1000"));
    }

    [Fact]
    public async Task Many_callers_at_once_all_get_their_turn()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => WriteAsync($"{{\"id\":\"turn-{i}\"}}")));
        Assert.All(results, result => Assert.Equal((1, 0), (result.Applied, result.Errors.Count)));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task It_takes_a_token(string method)
    {
        using var response = await server.SendAsync(method, Path, method == "POST" ? "{}" : null, token: "");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<RegistryWriteResult> WriteAsync(string lines)
    {
        using var response = await server.SendAsync("POST", Path, lines);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(Cancellation), ApiJson.Default.RegistryWriteResult)!; // 200 has a body.
    }

    private async Task<List<JsonElement>> ReadAsync(string query)
    {
        using var response = await server.SendAsync("GET", Path + query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
