using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nave.Hub.Twins;

namespace Nave.Hub.Tests.Twins;

/// <summary>Merging against a model that is too simple to be wrong.</summary>
public sealed class TwinMergeTests
{
    private static readonly string[] s_names = ["a", "b", "c", "d", "é", "\"q\"", "x\\y", "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12"];

    [Fact]
    public void Any_sequence_of_patches_gives_what_the_model_gives()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var section = StoredSection.New(1);
            var model = new JsonObject();
            for (var step = 1; step <= 12; step++)
            {
                var patch = RandomObject(random, depth: 0);
                var text = Encoding.UTF8.GetBytes(patch.ToJsonString());
                var tree = section.ToTree();
                TwinMerge.Apply(tree, TwinJson.Parse(text), new TwinStamp(step * 1000L, step + 1));
                section = StoredSection.From(tree, step + 1);
                Merge(model, patch);
                Assert.True(JsonNode.DeepEquals(model, JsonNode.Parse(section.Json.Span)), $"seed {seed}, step {step}");
                AssertMetadataFits(section, step, seed);
            }
        }
    }

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":null}", "{}")]
    [InlineData("{\"a\":1}", "{\"b\":null}", "{\"a\":1}")]
    [InlineData("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":null}}", "{\"a\":{\"c\":2}}")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":5}", "{\"a\":5}")]
    [InlineData("{\"a\":5}", "{\"a\":{\"b\":1,\"n\":null}}", "{\"a\":{\"b\":1}}")]
    [InlineData("{\"a\":[1,2]}", "{\"a\":[ 3 , \"x y\" ]}", "{\"a\":[3,\"x y\"]}")]
    [InlineData("{}", "{\"a\":{}}", "{\"a\":{}}")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":{}}", "{\"a\":{\"b\":1}}")]
    [InlineData("{}", "{\"a\":1.50e+2,\"b\":\"\\u0041\\/\"}", "{\"a\":1.50e+2,\"b\":\"\\u0041\\/\"}")]
    [InlineData("{\"a\":1}", "{\"\\u0061\":2}", "{\"a\":2}")]
    [InlineData("{}", "{\"a\":1,\"a\":2}", "{\"a\":2}")]
    public void Patches_merge_by_the_rules(string before, string patch, string after)
    {
        var tree = TwinJson.Parse(Encoding.UTF8.GetBytes(before));
        TwinMerge.Apply(tree, TwinJson.Parse(Encoding.UTF8.GetBytes(patch)), default);
        var json = new ArrayBufferWriter<byte>();
        TwinJson.Write(json, tree);
        Assert.Equal(after, Encoding.UTF8.GetString(json.WrittenSpan));
    }

    [Fact]
    public void Only_what_a_patch_names_gets_its_time_and_version()
    {
        var tree = StoredSection.New(1).ToTree();
        TwinMerge.Apply(tree, TwinJson.Parse("{\"a\":{\"x\":1,\"y\":1},\"b\":2}"u8.ToArray()), new TwinStamp(TimeSpan.TicksPerDay, 2));
        TwinMerge.Apply(tree, TwinJson.Parse("{\"a\":{\"x\":5}}"u8.ToArray()), new TwinStamp(2 * TimeSpan.TicksPerDay, 3));
        var section = StoredSection.From(tree, 3);
        var json = new ArrayBufferWriter<byte>();
        TwinMetadata.WriteJson(json, section.Json.Span, section.Metadata.Span);
        const string First = "\"$lastUpdated\":\"0001-01-02T00:00:00.0000000Z\",\"$lastUpdatedVersion\":2";
        const string Second = "\"$lastUpdated\":\"0001-01-03T00:00:00.0000000Z\",\"$lastUpdatedVersion\":3";
        Assert.Equal($"{{{Second},\"a\":{{{Second},\"x\":{{{Second}}},\"y\":{{{First}}}}},\"b\":{{{First}}}}}", Encoding.UTF8.GetString(json.WrittenSpan));
    }

    private static void AssertMetadataFits(StoredSection section, int step, int seed)
    {
        var json = new ArrayBufferWriter<byte>();
        TwinMetadata.WriteJson(json, section.Json.Span, section.Metadata.Span);
        using var metadata = JsonDocument.Parse(json.WrittenMemory);
        using var content = JsonDocument.Parse(section.Json);
        AssertSameNames(content.RootElement, metadata.RootElement, $"seed {seed}, step {step}");
    }

    private static void AssertSameNames(JsonElement content, JsonElement metadata, string where)
    {
        Assert.True(metadata.TryGetProperty("$lastUpdated", out _), where);
        var names = metadata.EnumerateObject().Select(p => p.Name).Where(n => n[0] != '$').ToArray();
        if (content.ValueKind != JsonValueKind.Object)
        {
            Assert.Empty(names);
            return;
        }

        Assert.Equal(content.EnumerateObject().Select(p => p.Name), names);
        foreach (var child in content.EnumerateObject())
        {
            AssertSameNames(child.Value, metadata.GetProperty(child.Name), where);
        }
    }

    private static JsonObject RandomObject(Random random, int depth)
    {
        var result = new JsonObject();
        for (var i = random.Next(0, depth == 0 ? 8 : 4); i > 0; i--)
        {
            result[s_names[random.Next(s_names.Length)]] = random.Next(7) switch
            {
                0 or 1 => null,
                2 or 3 when depth < 4 => RandomObject(random, depth + 1),
                4 => new JsonArray(1, "two", new JsonObject { ["three"] = 3 }),
                5 => random.Next(1000),
                _ => $"text {random.Next(10)}",
            };
        }

        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject child)
            {
                if (target[name] is not JsonObject existing)
                {
                    target[name] = existing = new JsonObject();
                }

                Merge(existing, child);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"tags":{"\ud800":1}}""")]
    [InlineData("""{"properties":{"desired":{"\udc00":{}}}}""")]
    public void A_name_that_is_half_a_surrogate_pair_is_refused(string body)
    {
        Assert.False(TwinRequest.TryRead(System.Text.Encoding.UTF8.GetBytes(body), out _, out var error));
        Assert.Equal(Nave.Api.HubErrorCode.ArgumentInvalid, error.Code);
    }
}
