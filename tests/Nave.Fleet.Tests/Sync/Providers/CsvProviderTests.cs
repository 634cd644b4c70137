using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class CsvProviderTests : FileProviderContract
{
    [Fact]
    public async Task Quotes_delimiters_line_ends_and_other_letters_survive()
    {
        var fields = new Dictionary<string, string> { ["site"] = "a, \"b\"\r\nc;d", ["größe"] = "½ \U0001F600", ["plain"] = " spaces " };
        await Provider.CreateAsync(new ExternalDevice { Key = "x,\"y\"", Fields = fields }, Token);

        var device = Assert.Single(await ListAsync());

        Assert.Equal("x,\"y\"", device.Key);
        Assert.Equal(fields, device.Fields.ToDictionary());
    }

    [Fact]
    public async Task A_field_that_no_column_has_gets_one()
    {
        await Site.AddAsync(2);

        await Provider.CreateAsync(new ExternalDevice { Key = "new", Fields = new Dictionary<string, string> { ["zone"] = "3", ["site"] = "s" } }, Token);

        Assert.Equal("deviceId,site,floor,zone", (await System.IO.File.ReadAllLinesAsync(File.Path, Token))[0]);
        Assert.Equal(3, (await ListAsync()).Count);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("id,site\r\n", "no column 'deviceId'")]
    [InlineData("deviceId,site,site\n", "same name")]
    [InlineData("deviceId,site\na\n", "1 fields; the header has 2")]
    [InlineData("deviceId,site\na,b,c\n", "3 fields; the header has 2")]
    [InlineData("deviceId,site\n,b\n", "'deviceId' is empty")]
    [InlineData("deviceId,site\na,\"b\n", "ends inside the quoted field")]
    [InlineData("deviceId,site\na,\"b\"c\n", "after its closing quotation mark")]
    [InlineData("deviceId,site\na,b\"c\n", "quotation mark inside")]
    public async Task What_is_malformed_is_told_with_its_line(string content, string expected)
    {
        await System.IO.File.WriteAllTextAsync(File.Path, content, Token);

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Line ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\uFEFFdeviceId,site\r\na,b\r\n")]
    [InlineData("deviceId,site\na,b")]
    [InlineData("deviceId,site\ra,b\r")]
    [InlineData("\n\"deviceId\",\"site\"\n\n\"a\",\"b\"\n\n")]
    public async Task Files_of_other_programs_are_read(string content)
    {
        await System.IO.File.WriteAllTextAsync(File.Path, content, Token);

        var device = Assert.Single(await ListAsync());

        Assert.Equal("a", device.Key);
        Assert.Equal("b", device.Fields["site"]);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_an_incomplete_listing()
    {
        await System.IO.File.WriteAllBytesAsync(File.Path, [.. "deviceId,site\na,"u8, 0xFF, (byte)'\n'], Token);

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Contains("UTF-8", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Column_and_delimiter_are_configured()
    {
        await System.IO.File.WriteAllTextAsync(File.Path, "Serial;Site\n1;west\n", Token);
        await using var provider = Site.Create($"{{name: file, path: '{File.Path}', idColumn: Serial, delimiter: ';'}}");

        var device = await provider.FindAsync("1", Token);

        Assert.Equal("west", device?.Fields["Site"]);
    }

    [Fact]
    public void An_ending_that_tells_no_form_needs_a_format()
    {
        var failure = Assert.Throws<SyncConfigurationException>(() => ProviderSite.Read("{name: file, path: devices.txt}", new Dictionary<string, string>()));

        Assert.Contains("format: csv or jsonl", failure.Message, StringComparison.Ordinal);
    }

    protected override FileSite NewSite() => new CsvSite();

    private sealed class CsvSite() : FileSite("devices.csv", "deviceId,site,floor\r\n")
    {
        public override int HeaderLines => 1;

        public override async Task<IReadOnlyList<string>> KeysAsync() =>
            [.. (await System.IO.File.ReadAllLinesAsync(Path, Token)).Skip(1).Select(line => line.Split(',')[0]).Order(StringComparer.Ordinal)];

        public override HubDevice Complete(int number) => new()
        {
            DeviceId = Id(number),
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["site"] = "north", ["location.city"] = "Lisboa" },
        };

        public override HubDevice Change(HubDevice device) => With(device, "site", "south");

        protected override string Line(string id) => $"{id},north,\"the 1st\"\r\n";
    }
}
