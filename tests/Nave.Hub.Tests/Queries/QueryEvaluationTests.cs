using System.Text;
using System.Text.Json;

namespace Nave.Hub.Queries.Tests;

public sealed class QueryEvaluationTests
{
    private const string Row = """
        {"deviceId":"d1","status":"enabled","capabilities":{"iotEdge":true},"big":9007199254740993,"huge":18446744073709551615,"n":5,"f":1.5,"zero":0,
         "nothing":null,"text":"Grüße 𐍈!","escaped":"a\"\u0062\n","spelled":" 12.5 ","list":[10,{"x":[1,2]},"s"],"empty":{},
         "tags":{"my tag":1,"x-y":2,"7up":3,"in":4,"a.b":5,"\u0061c":6},
         "properties":{"desired":{"$version":3,"$metadata":{"$lastUpdated":"2026-01-01T00:00:00.0000000Z"}},"reported":{"$version":1}}}
        """;

    [Theory]
    [InlineData("n = 5")]
    [InlineData("n = 5.0")]
    [InlineData("n = 0x5")]
    [InlineData("n = 50e-1")]
    [InlineData("5 = n")]
    [InlineData("n != 4 and n <> 4 AnD n < 6 AND n <= 5 AND n > 4.9 AND n >= 5")]
    [InlineData("big = 9007199254740993 AND big != 9007199254740992 AND big > 9007199254740992.0 AND NOT big = 9007199254740992.0")]
    [InlineData("huge > 9223372036854775807 AND huge = 18446744073709551615 AND huge = 0xFFFFFFFFFFFFFFFF")]
    [InlineData("n + 2 * 3 = 11 AND (n + 2) * 3 = 21 AND n - 1 - 1 = 3 AND n / 2 = 2.5 AND n % 3 = 2 AND -n = -5 AND n-1 = 4")]
    [InlineData("big + 1 = 9007199254740994 AND 9223372036854775807 + 1 = 9223372036854775808 AND 8 / 4 = 2")]
    [InlineData("NOT IS_DEFINED(n / zero) AND NOT IS_DEFINED(n % zero) AND NOT IS_DEFINED('a' + 'b') AND NOT IS_DEFINED(n + missing)")]
    [InlineData("status = 'enabled' AND status = \"enabled\" AND status > 'ENABLED' AND status < 'f'")]
    [InlineData(@"escaped = 'a""b' OR IS_STRING(escaped)")]
    [InlineData(@"text = 'Gr\u00fc\u00DFe \uD800\uDF48!' AND text = 'Grüße 𐍈!'")]
    [InlineData("'it''s' = \"it's\" AND 'say \"hi\"' = \"say \"\"hi\"\"\" AND 'a\\\\b' = \"a\\\\b\"")]
    [InlineData("nothing = null AND IS_NULL(nothing) AND IS_DEFINED(nothing) AND IS_PRIMITIVE(nothing) AND nothing IN [null]")]
    [InlineData("capabilities.iotEdge AND capabilities.iotEdge = true AND capabilities.iotEdge != FALSE AND false < true")]
    [InlineData("n IN [1, 5] AND n NIN [1, 2] AND status IN ('x', \"enabled\") AND n IN ['a', 5] AND -n IN [-1, -5]")]
    [InlineData("list[0] = 10 AND list[1].x[1] = 2 AND NOT IS_DEFINED(list[3]) AND NOT IS_DEFINED(list.x) AND NOT IS_DEFINED(tags[0])")]
    [InlineData("tags.[[my tag]] = 1 AND tags.x-y = 2 AND tags.7up = 3 AND tags.in = 4 AND tags.[[a.b]] = 5 AND tags.ac = 6")]
    [InlineData("properties.desired.$version = 3 AND properties.desired.$metadata.$lastUpdated >= '2026-01-01'")]
    [InlineData("DeviceID = 'd1' AND Properties.Desired.$version = 3 AND capabilities.iotedge AND devices.deviceId = 'd1' AND DEVICES.status = 'enabled'")]
    [InlineData("missing = 1 OR true")]
    [InlineData("NOT (missing = 1 AND false)")]
    [InlineData("NOT IS_DEFINED(missing) AND NOT IS_DEFINED(undefined) AND NOT IS_DEFINED(deviceId.x)")]
    [InlineData("IS_STRING(status) AND IS_NUMBER(n) AND IS_BOOL(capabilities.iotEdge) AND IS_ARRAY(list) AND IS_OBJECT(tags) AND NOT IS_PRIMITIVE(empty)")]
    [InlineData("NOT IS_STRING(missing) AND NOT IS_NULL(missing) AND NOT IS_PRIMITIVE(missing) AND is_object(empty)")]
    [InlineData("AS_NUMBER(spelled) = 12.5 AND AS_NUMBER(n) = 5 AND NOT IS_DEFINED(AS_NUMBER(status)) AND NOT IS_DEFINED(AS_NUMBER(nothing))")]
    [InlineData("ABS(-3) = 3 AND ABS(-9223372036854775808) = 9223372036854775808 AND EXP(0) = 1 AND POWER(2, 10) = 1024 AND SQUARE(3) = 9")]
    [InlineData("CEILING(f) = 2 AND FLOOR(f) = 1 AND SIGN(-f) = -1 AND SIGN(zero) = 0 AND SQRT(9) = 3 AND NOT IS_DEFINED(SQRT(-1)) AND NOT IS_DEFINED(EXP(1000))")]
    [InlineData("CONCAT(deviceId, '-', status) = 'd1-enabled' AND NOT IS_DEFINED(CONCAT(deviceId, n))")]
    [InlineData("LENGTH(text) = 8 AND LOWER('ÄB') = 'äb' AND UPPER('äb') = 'ÄB' AND INDEX_OF(text, '!') = 7 AND INDEX_OF(text, 'x') = -1")]
    [InlineData("SUBSTRING(text, 6) = '𐍈!' AND SUBSTRING(text, 1, 2) = 'rü' AND SUBSTRING(text, 20) = '' AND NOT IS_DEFINED(SUBSTRING(text, -1))")]
    [InlineData("STARTS_WITH(status, 'en') AND startswith(status, '') AND ENDS_WITH(status, 'led') AND ENDSWITH(status, 'd') AND CONTAINS(text, 'ü')")]
    [InlineData("NOT CONTAINS(status, 'EN') AND NOT IS_DEFINED(CONTAINS(list, 's'))")]
    public void A_true_condition_selects_the_row(string condition) => Assert.True(QueryRows.Matches(condition, Row));

    [Theory]
    [InlineData("n = '5'")]
    [InlineData("n != '5'")]
    [InlineData("NOT n = '5'")]
    [InlineData("missing = 1")]
    [InlineData("missing != 1")]
    [InlineData("NOT missing = 1")]
    [InlineData("missing = missing")]
    [InlineData("missing = undefined")]
    [InlineData("missing = null")]
    [InlineData("nothing != 1")]
    [InlineData("missing IN [1] OR missing NIN [1]")]
    [InlineData("n NIN ['a', 4]")]
    [InlineData("tags = tags")]
    [InlineData("list != empty")]
    [InlineData("status")]
    [InlineData("NOT status")]
    [InlineData("n AND true")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("missing = 1 AND true")]
    [InlineData("missing = 1 OR false")]
    [InlineData("DEVICEID = 'D1'")]
    [InlineData("tags.[[My Tag]] = 1")]
    public void A_condition_that_is_false_or_undefined_does_not(string condition) => Assert.False(QueryRows.Matches(condition, Row));

    [Fact]
    public void A_string_that_grows_without_end_is_undefined()
    {
        var twice = $"CONCAT({string.Join(", ", Enumerable.Repeat("text", 1000))})";
        var document = $$"""{"text":"{{new string('x', 1000)}}"}""";
        Assert.True(QueryRows.Matches($"NOT IS_DEFINED({twice})", document));
        Assert.True(QueryRows.Matches("LENGTH(CONCAT(text, text)) = 2000", document));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_document_does_no_harm()
    {
        const string Odd = """{"\udc00":0,"a":"\ud800x","b":1}""";
        Assert.True(QueryRows.Matches("IS_STRING(a) AND b = 1", Odd));

        using var parsed = JsonDocument.Parse(Odd);
        var row = new JsonElementRow(parsed.RootElement);
        Assert.Equal(QueryValueKind.String, row.Read(QueryPath.Of("a"), 0).Kind);
        Assert.Equal(QueryValueKind.Undefined, row.Read(QueryPath.Of("none"), 0).Kind);
    }

    [Fact]
    public void A_row_is_read_without_allocation()
    {
        Assert.True(QueryParser.TryParseCondition("tags.[[my tag]] = 1 AND status = 'enabled' AND n IN [1, 2]", QuerySource.Devices, out var parsed, out _));
        var condition = new CompiledCondition(parsed.Where);
        var row = new JsonRow(condition.Paths);
        var document = new QueryDocument("k", Encoding.UTF8.GetBytes(Row));
        row.Load(document);
        condition.Matches(row);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            row.Load(document);
            condition.Matches(row);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
