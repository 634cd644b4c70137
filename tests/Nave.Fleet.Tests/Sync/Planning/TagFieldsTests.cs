using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Fleet.Sync.Planning;

namespace Nave.Fleet.Tests.Sync.Planning;

public sealed class TagFieldsTests
{
    private static readonly SyncMark s_mark = new("s", "file", "k", ["a"]);

    [Fact]
    public void Objects_become_names_with_dots_and_back()
    {
        var read = Read("""{"site":"rome","place":{"city":"x","floor":3,"open":true,"at":[1,2]},"none":null}""", json: false);
        Assert.Equal(
            ["place.at=[1,2]", "place.city=x", "place.floor=3", "place.open=true", "site=rome"],
            read.Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal));
        Assert.Null(TagFields.TryWrite(new Dictionary<string, string> { ["place.city"] = "x", ["place.floor"] = "3" }, null, json: false, out var tags));
        Assert.Equal("""{"place":{"city":"x","floor":"3"}}""", tags);
    }

    [Fact]
    public void The_mark_is_no_field()
    {
        Assert.Null(TagFields.TryWrite(new Dictionary<string, string> { ["a"] = "1" }, s_mark, json: false, out var tags));
        var read = TagFields.Read(JsonDocument.Parse(tags).RootElement, json: false, out var mark);
        Assert.Equal(["a"], read.Keys);
        Assert.Equal(s_mark, mark);
    }

    [Theory]
    [InlineData("nave", "x", "nave")]
    [InlineData("nave.sync.name", "x", "nave")]
    [InlineData("has space", "x", "U+0020")]
    [InlineData("$x", "x", "U+0024")]
    public void A_field_that_cannot_be_a_tag_is_told(string name, string value, string part) => Assert.Contains(
        part, TagFields.TryWrite(new Dictionary<string, string> { [name] = value }, null, json: false, out _), StringComparison.Ordinal);

    [Fact]
    public void Two_fields_that_exclude_each_other_are_told() => Assert.NotNull(
        TagFields.TryWrite(new Dictionary<string, string> { ["a"] = "1", ["a.b"] = "2" }, null, json: false, out _));

    [Fact]
    public void A_value_that_is_no_json_is_told_without_the_value() => Assert.DoesNotContain(
        "secret", TagFields.TryWrite(new Dictionary<string, string> { ["a"] = "secret" }, null, json: true, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData(false, """{"a":"1","b":"2"}""", """{"a":"1","b":"3"}""")]
    [InlineData(false, """{"a":"1","b":"2"}""", """{"a":"1"}""")]
    [InlineData(false, """{"a":{"b":"1","c":"2"}}""", """{"a":{"b":"1"}}""")]
    [InlineData(false, """{"a":{"b":"1"}}""", """{"a":"x"}""")]
    [InlineData(false, """{"a":"x"}""", """{"a":{"b":"1"}}""")]
    [InlineData(true, """{"a":{"b":1,"c":{"d":2,"e":3}}}""", """{"a":{"b":1,"c":{"d":4}}}""")]
    [InlineData(true, """{"a":{"b":1}}""", """{"a":[1,2]}""")]
    [InlineData(true, """{"a":5,"z":{}}""", """{"a":"5"}""")]
    public void A_patch_makes_the_one_into_the_other(bool json, string from, string to)
    {
        var current = Read(from, json);
        var wanted = Read(to, json);
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in current.Keys.Union(wanted.Keys).Where(name => current.GetValueOrDefault(name) != wanted.GetValueOrDefault(name)))
        {
            changes[name] = wanted.GetValueOrDefault(name);
        }

        var patched = (JsonObject)JsonNode.Parse(from)!;
        Merge(patched, (JsonObject)JsonNode.Parse(TagFields.Patch(current, changes, null, json))!);
        Assert.Equal(wanted.OrderBy(field => field.Key), Read(patched.ToJsonString(), json).OrderBy(field => field.Key));
    }

    private static Dictionary<string, string> Read(string tags, bool json) => TagFields.Read(JsonDocument.Parse(tags).RootElement, json, out _);

    // RFC 7396.
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                if (target[name] is not JsonObject existing)
                {
                    target[name] = existing = new JsonObject();
                }

                Merge(existing, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
