using System.Globalization;
using System.Text;

namespace Nave.Hub.Queries.Tests;

public sealed class QueryEngineTests
{
    private static string Device(int i) => string.Create(
        CultureInfo.InvariantCulture, $$"""{"deviceId":"d{{i:D4}}","even":{{(i % 2 == 0 ? "true" : "false")}},"n":{{i}}}""");

    [Theory]
    [InlineData("SELECT n FROM devices", 10, 3, "0 1 2|3 4 5|6 7 8|9")]
    [InlineData("SELECT n FROM devices", 9, 3, "0 1 2|3 4 5|6 7 8")]
    [InlineData("SELECT n FROM devices", 0, 3, "")]
    [InlineData("SELECT n FROM devices WHERE even", 10, 2, "0 2|4 6|8")]
    [InlineData("SELECT TOP 5 n FROM devices", 10, 2, "0 1|2 3|4")]
    [InlineData("SELECT TOP 4 n FROM devices", 10, 2, "0 1|2 3")]
    [InlineData("SELECT TOP 2 n FROM devices WHERE n > 6", 10, 1000, "7 8")]
    public async Task Pages_follow_one_another_without_a_gap_or_a_repeat(string query, int count, int pageSize, string expected)
    {
        var pages = new List<string>();
        string? token = null;
        do
        {
            var outcome = await QueryRows.RunAsync(query, Enumerable.Range(0, count).Select(Device), token, pageSize);
            Assert.True(outcome.IsPage, outcome.Error?.Message);
            using var rows = System.Text.Json.JsonDocument.Parse(outcome.Page.Json);
            pages.Add(string.Join(' ', rows.RootElement.EnumerateArray().Select(row => row.GetProperty("n").GetInt32())));
            token = outcome.Page.Continuation;
        }
        while (token is not null);

        Assert.Equal(expected, string.Join('|', pages));
    }

    [Fact]
    public async Task A_page_of_long_rows_ends_early_and_goes_on()
    {
        var document = $$"""{"text":"{{new string('x', 300_000)}}"}""";
        var first = await QueryRows.RunAsync("SELECT * FROM devices", Enumerable.Repeat(document, 20));
        Assert.InRange(first.Page!.Count, 13, 15);
        var second = await QueryRows.RunAsync("SELECT * FROM devices", Enumerable.Repeat(document, 20), first.Page.Continuation);
        Assert.Equal(20, first.Page.Count + second.Page!.Count);
        Assert.Null(second.Page.Continuation);
    }

    [Fact]
    public async Task A_token_of_another_query_is_refused_and_one_of_the_same_query_in_other_words_is_not()
    {
        var page = (await QueryRows.RunAsync("SELECT n FROM devices WHERE n > 1", Enumerable.Range(0, 9).Select(Device), null, 2)).Page!;
        Assert.True(QueryContinuation.TryRead(QueryRows.Parse("select n\nfrom devices where (n > 1)"), page.Continuation, out var same, out _));
        Assert.Equal(new QueryContinuation("k000003", 2), same);
        Assert.False(QueryContinuation.TryRead(QueryRows.Parse("SELECT n FROM devices WHERE n > 2"), page.Continuation, out _, out var error));
        Assert.Contains("belongs to another query", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("!!!!")]
    [InlineData("bnVsbA==")]
    [InlineData("e30=")]
    [InlineData("eyJ2IjoxLCJxIjoiYSIsImsiOiJcdWQ4MDAiLCJuIjoxfQ==")]
    [InlineData("eyJ2IjoxLCJxIjoiYSIsImsiOiJhIiwibiI6LTF9")]
    public void A_token_that_is_none_is_refused(string token)
    {
        Assert.False(QueryContinuation.TryRead(QueryRows.Parse("SELECT * FROM devices"), token, out _, out var error));
        Assert.Equal("The continuation token is not one that this hub gave.", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task A_page_size_outside_its_range_is_refused(int size)
    {
        var outcome = await QueryRows.RunAsync("SELECT * FROM devices", [], null, size);
        Assert.Equal($"The page size is {size}; from 1 to 1000 is permitted.", outcome.Error!.Message);
    }

    [Fact]
    public async Task Groups_are_bounded()
    {
        const string Query = "SELECT n, COUNT() FROM devices GROUP BY n";
        var full = await QueryRows.RunAsync(Query, Enumerable.Range(0, QueryLimits.MaxGroups).Select(Device));
        Assert.Equal(QueryLimits.MaxGroups, full.Page!.Count);
        Assert.Equal("Raw", full.Page.ItemType);
        var over = await QueryRows.RunAsync(Query, Enumerable.Range(0, QueryLimits.MaxGroups + 1).Select(Device));
        Assert.StartsWith("GROUP BY forms more than 10000 groups;", over.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT x, COUNT() FROM devices GROUP BY x", """[{"x":1,"count":3},{"x":"1","count":1},{"count":1},{"x":null,"count":1},{"x":[1],"count":2}]""")]
    [InlineData("SELECT TOP 1 COUNT() AS n, x FROM devices GROUP BY x", """[{"n":3,"x":1}]""")]
    [InlineData("SELECT x FROM devices WHERE IS_NUMBER(x) GROUP BY x", """[{"x":1}]""")]
    [InlineData("SELECT SUM(x), AVG(x), MIN(x), MAX(x), COUNT(x) FROM devices", """[{"sum":3,"avg":1,"min":null,"max":"1","count":7}]""")]
    [InlineData("SELECT SUM(y) AS s, AVG(y), MIN(y), COUNT() FROM devices", """[{"s":0,"count":8}]""")]
    [InlineData("SELECT COUNT(), MAX(x) FROM devices WHERE false", """[{"count":0}]""")]
    [InlineData("SELECT COUNT() FROM devices WHERE false GROUP BY x", "[]")]
    public async Task Rows_are_combined_by_equal_values(string query, string expected) => Assert.Equal(expected, await QueryRows.ReadAsync(
        query, """{"x":1}""", """{"x":1.0}""", """{"x":"1"}""", "{}", """{"x":1e0}""", """{"x":null}""", """{"x":[1]}""", """{"x":[1]}"""));

    [Fact]
    public async Task A_sum_of_whole_numbers_is_exact_as_long_as_it_fits() => Assert.Equal(
        """[{"sum":9223372036854775807}]""",
        await QueryRows.ReadAsync("SELECT SUM(x) FROM devices", """{"x":9223372036854775806}""", """{"x":2}""", """{"x":-1}"""));

    [Fact]
    public async Task A_projection_keeps_values_as_they_stand_and_leaves_out_what_is_not_there() => Assert.Equal(
        """[{"a":1.50,"b":{"x":[ 1 ]},"ü":"é\"","big":123456789012345678901234567890}]""",
        await QueryRows.ReadAsync(
            "SELECT a, t.b, t.b.y AS none, [[ü]], big FROM devices", """{"a":1.50,"t":{"b":{"x":[ 1 ]}},"ü":"\u00e9\"","big":123456789012345678901234567890}"""));

    [Fact]
    public async Task A_path_and_one_below_it_can_both_be_wanted() => Assert.Equal(
        """[{"t":{"a":{"b":1}},"a":{"b":1},"b":1,"z":2}]""",
        await QueryRows.ReadAsync("SELECT t, t.a, t.a.b, z FROM devices", """{"t":{"a":{"b":1}},"z":2}"""));

    [Fact]
    public async Task An_overlay_gives_what_documents_do_not_hold()
    {
        var query = QueryRows.Parse("SELECT deviceId, connectionState FROM devices WHERE connectionState = 'Connected'");
        var run = new QueryRun(query, QueryContinuation.Start, 10) { Overlay = new ConnectedOverlay("k000001") };
        var outcome = await QueryEngine.ReadPageAsync(
            run, QueryRows.StreamAsync(Enumerable.Range(0, 3).Select(Device)), TestContext.Current.CancellationToken);
        Assert.Equal("""[{"deviceId":"d0001","connectionState":"Connected"}]""", Encoding.UTF8.GetString(outcome.Page!.Json.Span));
    }

    [Fact]
    public async Task Whole_rows_are_rendered_and_only_those_that_pass()
    {
        var rendered = new List<string>();
        var run = new QueryRun(QueryRows.Parse("SELECT * FROM devices WHERE n = 1"), QueryContinuation.Start, 10)
        {
            Render = document =>
            {
                rendered.Add(document.Key);
                return "{\"shown\":true}"u8.ToArray();
            },
        };
        var outcome = await QueryEngine.ReadPageAsync(
            run, QueryRows.StreamAsync(Enumerable.Range(0, 3).Select(Device)), TestContext.Current.CancellationToken);
        Assert.Equal("""[{"shown":true}]""", Encoding.UTF8.GetString(outcome.Page!.Json.Span));
        Assert.Equal(["k000001"], rendered);
    }

    [Fact]
    public void A_count_needs_no_rows()
    {
        var query = QueryRows.Parse("SELECT COUNT() AS n FROM devices WHERE status = 'enabled'");
        Assert.True(query.IsRowCount);
        Assert.Equal("""[{"n":7}]""", Encoding.UTF8.GetString(QueryEngine.OfCount(query, 7).Json.Span));
        Assert.False(QueryRows.Parse("SELECT COUNT(tags) FROM devices").IsRowCount);
    }

    [Theory]
    [InlineData("*", QuerySource.Devices, null)]
    [InlineData(" * ", QuerySource.Devices, null)]
    [InlineData("deviceId = 'a'", QuerySource.Devices, "deviceId = 'a'")]
    [InlineData("deviceId IN ['a','b']", QuerySource.Devices, "deviceId IN ['a', 'b']")]
    [InlineData("from devices.modules where moduleId='m'", QuerySource.Modules, "moduleId = 'm'")]
    [InlineData("FROM devices.modules", QuerySource.Modules, null)]
    [InlineData("FROM devices WHERE tags.x = 1", QuerySource.Devices, "tags.x = 1")]
    public void A_target_is_a_star_a_condition_or_a_collection(string text, QuerySource source, string? where)
    {
        Assert.True(QueryParser.TryParseTarget(text, out var condition, out var error), error?.Message);
        Assert.Equal(source, condition.Source);
        Assert.Equal(where, condition.Where is null ? null : QueryPrinter.Print(condition.Where));
    }

    [Theory]
    [InlineData("$body.Weather.HistoricalData[0].Month = 'Feb'")]
    [InlineData("$body.Weather.Temperature = 50 AND $body.Weather.IsEnabled")]
    [InlineData("length($body.Weather.Location.State) = 2")]
    [InlineData("$body.Weather.Temperature = 50 AND processingPath = 'hot'")]
    [InlineData("$contentEncoding = 'UTF-8' AND processingPath = 'hot'")]
    [InlineData("$twin.properties.desired.telemetryConfig.sendFrequency = '5m'")]
    [InlineData("$twin.tags.deploymentLocation.floor = 1")]
    [InlineData("is_defined($body.properties.desired.telemetryConfig.sendFrequency)")]
    [InlineData("messageType = 'alerts' AND as_number(severity) <= 2")]
    [InlineData("$dt-subject = 'thermostat1' AND $dt-dataschema = 'dtmi:x;1' AND iothub-message-source = 'x'")]
    [InlineData("$body[0] = 'Feb'")]
    [InlineData("true")]
    public void A_documented_condition_of_a_route_parses_and_its_paths_are_as_written(string text)
    {
        Assert.True(QueryParser.TryParseCondition(text, QuerySource.Message, out var condition, out var error), error?.Message);
        foreach (var path in new CompiledCondition(condition.Where).Paths)
        {
            Assert.Contains(path.ToString(), text, StringComparison.Ordinal);
        }
    }

    private sealed class ConnectedOverlay(string connected) : IQueryOverlay
    {
        public bool Covers(QueryPath path) => path == QueryPath.Of("connectionState");

        public QueryValue Read(string key, QueryPath path) => QueryValue.Of(key == connected ? "Connected" : "Disconnected");
    }
}
