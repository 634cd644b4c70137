using System.Text.Json;

namespace Nave.Api.Tests.Twins;

public sealed class TwinLimitsTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"a":null,"b":[1,"x",{"c":true}],"d":{"e":1.5e10}}""")]
    [InlineData("""{"n":4503599627370495,"m":-4503599627370496}""")]
    [InlineData("""{"$version":3,"$metadata":{"$lastUpdated":"x"},"é-_:/":1}""")]
    [InlineData("""{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":{"10":{"v":1}}}}}}}}}}}""")]
    public void What_is_permitted_passes(string json) => Assert.Null(Check(json));

    [Theory]
    [InlineData("""{"a":{"b.c":1}}""", "properties.desired.a")]
    [InlineData("""{"a b":1}""", "U+0020")]
    [InlineData("""{"$a":1}""", "U+0024")]
    [InlineData("""{"x":{"$version":1}}""", "properties.desired.x")]
    [InlineData("""{"a\u0001":1}""", "U+0001")]
    [InlineData("""{"a\u0085":1}""", "U+0085")]
    [InlineData("""{"":1}""", "empty")]
    [InlineData("""{"a":[1,{"b":4503599627370496}]}""", "properties.desired.a[1].b")]
    [InlineData("""{"a":-4503599627370497}""", "-4503599627370496 to 4503599627370495")]
    [InlineData("""{"a":99999999999999999999999}""", "out of range")]
    [InlineData("""{"a":1e999}""", "double")]
    [InlineData("[]", "an array")]
    [InlineData("5", "a number")]
    [InlineData("""{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":{"10":{"11":{}}}}}}}}}}}}""", "deeper than 10")]
    [InlineData("""{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":{"10":[[]]}}}}}}}}}}""", "deeper than 10")]
    public void The_first_violation_is_named_with_its_path(string json, string part)
    {
        var error = Check(json);
        Assert.Equal(HubErrorCode.ArgumentInvalid, error!.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void A_key_has_at_most_1_KiB(int length, bool valid) => Assert.Equal(valid, Check("{\"" + new string('k', length) + "\":1}") is null);

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void A_string_has_at_most_4_KiB_of_UTF8(int length, bool valid) => Assert.Equal(valid, Check("{\"k\":\"" + new string('é', length) + "\"}") is null);

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"abc":"de"}""", 5)]
    [InlineData("""{"a":123456}""", 9)]
    [InlineData("""{"a":true,"b":null}""", 6)]
    [InlineData("""{"a":{"b":[1,2,"x"]}}""", 19)]
    [InlineData("""{"é":"\u0001\u0085x"}""", 3)]
    [InlineData("""{"$version":1,"$metadata":{"$lastUpdated":"2026"},"a":1}""", 9)]
    public void Sizes_are_counted_as_the_hub_counts(string json, int expected)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(expected, TwinLimits.Measure(document.RootElement));
    }

    [Theory]
    [InlineData(TwinSection.Tags, 8)]
    [InlineData(TwinSection.Desired, 32)]
    [InlineData(TwinSection.Reported, 32)]
    public void A_section_has_its_own_size(TwinSection section, int kibibytes)
    {
        // 1,000 bytes of string and 24 of key each; the last key is longer by what is missing.
        string Document(int extra) => "{" + string.Join(',', Enumerable.Range(0, kibibytes).Select(
            i => $"\"{i:D24}{(i == 0 ? new string('x', extra) : string.Empty)}\":\"{new string('v', 1000)}\"")) + "}";
        using var full = JsonDocument.Parse(Document(0));
        using var over = JsonDocument.Parse(Document(1));
        Assert.Null(TwinLimits.CheckSize(section, full.RootElement));
        Assert.NotNull(TwinLimits.CheckSize(section, over.RootElement));
    }

    private static HubError? Check(string json)
    {
        using var document = JsonDocument.Parse(json);
        return TwinLimits.Check(TwinSection.Desired, document.RootElement);
    }

    [Fact]
    public void Many_values_below_long_names_do_not_cost_their_names_each()
    {
        var name = new string('n', 1000);
        var json = $"{{\"{name}\":{{\"{name}\":{{\"{name}\":[{string.Join(',', Enumerable.Repeat("1", 2000))}]}}}}}}";
        using var document = System.Text.Json.JsonDocument.Parse(json);
        TwinLimits.Check(TwinSection.Desired, document.RootElement);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(TwinLimits.Check(TwinSection.Desired, document.RootElement));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }
}
