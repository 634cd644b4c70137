using System.Text;
using System.Text.Json;
using Nave.Storage;

namespace Nave.Hub.Queries.Tests;

public sealed class QueryPlanTests
{
    private static readonly QueryIndex s_devices = new("deviceId", "", "tags.**", "capabilities.iotEdge", "status");
    private static readonly QueryIndex s_modules = new("deviceId", "/", "moduleId", "tags.**");

    private static QueryPlan Plan(string condition, QueryIndex index)
    {
        Assert.True(QueryParser.TryParseCondition(condition, QuerySource.Devices, out var parsed, out var error), error?.Message);
        return QueryPlan.For(parsed.Where, index);
    }

    [Theory]
    [InlineData("deviceId = 'd1'", "1 by key", true)]
    [InlineData("'d1' = DeviceId", "1 by key", true)]
    [InlineData("deviceId IN ['b', 'a', 'b']", "2 by key", true)]
    [InlineData("deviceId = 'a' AND deviceId = 'b'", "nothing", true)]
    [InlineData("deviceId = 5", "nothing", true)]
    [InlineData("deviceId = 'a' OR deviceId = 'b'", "2 by key", true)]
    [InlineData("deviceId = 'a' AND tags.x = 1", "1 by key", false)]
    [InlineData("deviceId = 'ab' AND STARTS_WITH(deviceId, 'a')", "1 by key", true)]
    [InlineData("STARTS_WITH(deviceId, 'a') AND STARTS_WITH(deviceId, 'ab')", "all with prefix 'ab'", true)]
    [InlineData("STARTS_WITH(deviceId, 'a') AND STARTS_WITH(deviceId, 'b')", "nothing", true)]
    [InlineData("STARTS_WITH(deviceId, 'abc') OR deviceId = 'abd'", "all with prefix 'ab'", false)]
    [InlineData("tags.site = 'rome'", "by tags.site", true)]
    [InlineData("tags.site = 'rome' OR status = 'disabled'", "by tags.site, status", true)]
    [InlineData("tags.site = 'rome' OR n = 1", "all", false)]
    [InlineData("tags.site = 'rome' OR deviceId = 'x'", "all", false)]
    [InlineData("tags.site = 'rome' AND n = 1", "by tags.site", false)]
    [InlineData("status = 'enabled' AND tags.site = 'rome'", "by tags.site", false)]
    [InlineData("status = 'enabled' AND tags.site IN ['a', 'b']", "by tags.site", false)]
    [InlineData("STARTS_WITH(deviceId, 'x') AND tags.site = 'rome'", "by tags.site with prefix 'x'", true)]
    [InlineData("capabilities.iotEdge", "by capabilities.iotEdge", true)]
    [InlineData("tags.list[0] = 1", "all", false)]
    [InlineData("tags.[[a.b]] = 1", "all", false)]
    [InlineData("NOT tags.site = 'rome'", "all", false)]
    [InlineData("tags.site != 'rome'", "all", false)]
    [InlineData("tags.n > 5", "all", false)]
    [InlineData("tags.x = undefined", "nothing", true)]
    [InlineData("false", "nothing", true)]
    [InlineData("true", "all", true)]
    public void A_plan_reads_what_the_condition_leaves(string condition, string expected, bool isExact)
    {
        var plan = Plan(condition, s_devices);
        Assert.Equal(expected, plan.ToString());
        Assert.Equal(isExact, plan.IsExact);
    }

    [Fact]
    public void A_scan_has_prefix_terms_and_start()
    {
        var scan = Plan("STARTS_WITH(deviceId, 'x') AND tags.site IN ['a', 1, 1.0]", s_devices).ToScan("devices", "x5");
        Assert.Equal(("devices", "x", "x5"), (scan.Collection, scan.Prefix, scan.After));
        Assert.Equal([new StateTerm("tags.site", "sa"), new StateTerm("tags.site", "n1")], scan.AnyOf!);
    }

    [Fact]
    public void A_scan_by_tags_asks_for_documents_with_too_many_of_them_too()
    {
        var overflow = new StateTerm("$overflow", "tags");
        var index = new QueryIndex("deviceId", "", "tags.**", "status") { Overflow = overflow };
        var plan = Plan("tags.site = 'rome' AND status = 'enabled'", index);
        Assert.Equal([new StateTerm("tags.site", "srome"), overflow], plan.AnyOf!);
        Assert.False(Plan("tags.site = 'rome'", index).IsExact);
        Assert.Equal([new StateTerm("status", "senabled")], Plan("status = 'enabled'", index).AnyOf!);
        Assert.True(Plan("status = 'enabled'", index).IsExact);
    }

    [Fact]
    public void Keys_come_in_the_order_of_the_store_with_their_suffix() =>
        Assert.Equal(["d1!/", "d1/", "d2/"], Plan("deviceId IN ['d2', 'd1', 'd1!'] AND moduleId = 'm'", s_modules).Keys!);

    [Fact]
    public void A_list_that_is_too_long_for_terms_is_a_scan() =>
        Assert.Equal("all", Plan($"tags.n IN [{string.Join(',', Enumerable.Range(0, QueryLimits.MaxPlanTerms + 1))}]", s_devices).ToString());

    [Fact]
    public void A_long_string_has_a_short_term_that_is_not_exact()
    {
        var plan = Plan($"tags.x = '{new string('x', 129)}'", s_devices);
        Assert.False(plan.IsExact);
        Assert.Equal(33, Assert.Single(plan.AnyOf!).Value.Length);
    }

    [Fact]
    public void Terms_of_a_document_are_its_indexed_leaves()
    {
        var terms = s_devices.TermsOf(Encoding.UTF8.GetBytes("""
            {"deviceId":"d","status":"enabled","tags":{"site":"rome","n":1.0,"deep":{"a":null,"b":true,"list":[1]},"a.b":5,"\u0078":"\u0079"},
             "capabilities":{"iotEdge":false,"other":1},"other":{"status":"x"},"properties":{"tags":{"a":1}}}
            """));
        Assert.Equal(
            [
                new("status", "senabled"), new("tags.site", "srome"), new("tags.n", "n1"), new("tags.deep.a", "z"), new("tags.deep.b", "t"),
                new("tags.x", "sy"), new("capabilities.iotEdge", "f"),
            ],
            terms);
    }

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("100", "1e2", true)]
    [InlineData("0", "-0.0", true)]
    [InlineData("0.5", "5e-1", true)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("18446744073709551615", "1.8446744073709552e19", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("true", "\"true\"", false)]
    [InlineData("null", "\"null\"", false)]
    [InlineData("\"a\"", "\"\\u0061\"", true)]
    public void Equal_values_have_one_term_and_others_have_two(string left, string right, bool areEqual)
    {
        using var x = JsonDocument.Parse(left);
        using var y = JsonDocument.Parse(right);
        Assert.Equal(areEqual, TermValue.Of(x.RootElement) == TermValue.Of(y.RootElement));
    }
}
