using System.Text.Json;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class JsonLinesProviderTests : FileProviderContract
{
    [Fact]
    public async Task Numbers_and_objects_keep_their_kind()
    {
        const string Line = """{"deviceId":"d","floor":3.50,"place":{"city":"Lisboa","x":[1,null]},"big":12345678901234567890,"gone":null}""";
        await System.IO.File.WriteAllTextAsync(File.Path, Line + "\n", Token);

        var device = Assert.Single(await ListAsync());
        Assert.Equal("3.50", device.Fields["floor"]);
        Assert.DoesNotContain("gone", device.Fields.Keys);
        await Provider.UpdateAsync(device, device with { Fields = new Dictionary<string, string>(device.Fields) { ["floor"] = "4" } }, Token);

        Assert.Equal("""{"deviceId":"d","floor":4,"place":{"city":"Lisboa","x":[1,null]},"big":12345678901234567890}""" + "\n", await System.IO.File.ReadAllTextAsync(File.Path, Token));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"deviceId":1}""")]
    [InlineData("""{"deviceId":""}""")]
    [InlineData("""{"site":"x"}""")]
    [InlineData("""{"deviceId":"\ud800"}""")]
    public async Task What_is_malformed_is_told_with_its_line(string line)
    {
        await System.IO.File.WriteAllTextAsync(File.Path, "{\"deviceId\":\"a\"}\n\n" + line + "\n", Token);

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Contains("Line 3:", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, failure.Listed);
    }

    [Fact]
    public async Task What_is_no_JSON_cannot_be_written()
    {
        var failure = await Assert.ThrowsAnyAsync<ProviderException>(
            () => Provider.CreateAsync(new ExternalDevice { Key = "a", Fields = new Dictionary<string, string> { ["x"] = "}{" } }, Token));

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
        Assert.Empty(await ListAsync());
    }

    protected override FileSite NewSite() => new JsonLinesSite();

    private sealed class JsonLinesSite() : FileSite("devices.jsonl", string.Empty)
    {
        public override int HeaderLines => 0;

        public override async Task<IReadOnlyList<string>> KeysAsync() => [.. (await System.IO.File.ReadAllLinesAsync(Path, Token)).Select(IdOf).Order(StringComparer.Ordinal)];

        public override HubDevice Complete(int number) => new()
        {
            DeviceId = Id(number),
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["site"] = "\"north\"", ["location"] = """{"city":"Lisboa","floor":2}""" },
        };

        public override HubDevice Change(HubDevice device) => With(device, "location", """{"city":"Porto"}""");

        protected override string Line(string id) => $"{{\"deviceId\":\"{id}\",\"site\":\"north\"}}\n";

        private static string IdOf(string line)
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("deviceId").GetString()!;
        }
    }
}
