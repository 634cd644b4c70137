using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class TwinCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_patch_comes_from_the_line_from_a_file_or_from_stdin()
    {
        (await hub.RunAsync("devices", "create", "patched")).Ok();
        (await hub.RunAsync("twin", "update", "patched", """{"properties":{"desired":{"a":1.50}}}""")).Ok();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("patch.json"), """{"tags":{"site":"berlin"}}""", TestContext.Current.CancellationToken);
        (await hub.RunAsync("twin", "update", "patched", "@" + folder.File("patch.json"))).Ok();
        (await CliRun.WithAsync("""{"properties":{"desired":{"b":true}}}""", _ => null, "twin", "update", "patched", "--data", hub.Data)).Ok();
        (await hub.RunAsync("twin", "update", "patched", "--desired", """{"c":[1]}""", "--tags", """{"floor":3}""")).Ok();

        var twin = (await hub.RunAsync("twin", "show", "patched", "-o", "json")).Ok().Json[0];
        Assert.Equal("""{"site":"berlin","floor":3}""", twin.GetProperty("tags").GetRawText());
        var desired = twin.GetProperty("properties").GetProperty("desired");
        Assert.Equal(("1.50", true, "[1]"), (desired.GetProperty("a").GetRawText(), desired.GetProperty("b").GetBoolean(), desired.GetProperty("c").GetRawText()));

        var paths = (await hub.RunAsync("twin", "show", "patched", "-o", "tsv")).Ok().Lines;
        Assert.Contains("properties.desired.a\t1.50", paths);
        Assert.Contains("tags.site\tberlin", paths);
        Assert.Contains("\n  \"tags\": {\n", (await hub.RunAsync("twin", "show", "patched")).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_twin_is_replaced_or_changed_only_with_the_right_etag()
    {
        (await hub.RunAsync("devices", "create", "replaced", "--tags", """{"old":1}""")).Ok();
        var twin = (await hub.RunAsync("twin", "update", "replaced", """{"tags":{"new":2},"properties":{"desired":{}}}""", "--replace", "-o", "json")).Ok().Json[0];
        Assert.Equal("""{"new":2}""", twin.GetProperty("tags").GetRawText());
        var refused = await hub.RunAsync("twin", "update", "replaced", """{"tags":{"new":3}}""", "--etag", "AAAAAAAAAAA=");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("PreconditionFailed", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("")]
    public async Task A_patch_that_is_not_json_ends_with_2(string patch)
    {
        var run = await CliRun.WithAsync(patch, _ => null, "twin", "update", "nobody", "-", "--data", hub.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("PATCH is not JSON", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_gives_all_rows_of_all_pages()
    {
        (await hub.RunAsync(["devices", "create", .. Enumerable.Range(1, 7).Select(i => $"page-{i}"), "--tags", """{"query":"pages"}"""])).Ok();
        var rows = (await hub.RunAsync("twin", "query", "SELECT deviceId FROM devices WHERE tags.query = 'pages'", "--page-size", "2", "-o", "json")).Ok();
        Assert.Equal(Enumerable.Range(1, 7).Select(i => $$"""{"deviceId":"page-{{i}}"}"""), rows.Lines.Order());
        var table = (await hub.RunAsync("twin", "query", "SELECT * FROM devices WHERE tags.query = 'pages'", "--top", "3", "-o", "tsv")).Ok().Lines;
        Assert.Equal(4, table.Count);
        Assert.StartsWith("deviceId\tmoduleId\tstatus\tconnectionState", table[0], StringComparison.Ordinal);
        Assert.Empty((await hub.RunAsync("twin", "query", "SELECT * FROM devices WHERE tags.query = 'none'")).Ok().Output);
        var wrong = await hub.RunAsync("twin", "query", "SELECT * FROM devices WHER x");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("'WHER'", wrong.Error, StringComparison.Ordinal);
    }
}
