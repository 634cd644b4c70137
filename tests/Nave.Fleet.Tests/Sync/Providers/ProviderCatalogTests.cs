using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class ProviderCatalogTests
{
    [Fact]
    public void Every_kind_is_found_by_its_name_in_any_letter_case()
    {
        Assert.Equal(["actility", "chirpstack", "file", "hub", "thethingsstack", "tts"], ProviderCatalog.Default.Names);
        Assert.Equal("actility", ProviderCatalog.Default.Find("Actility")?.Name);
        Assert.Null(ProviderCatalog.Default.Find("other"));
    }

    [Theory]
    [InlineData("chirpstack", "baseUri", "apiKey", "applicationId")]
    [InlineData("thethingsstack", "baseUri", "apiKey", "applicationId")]
    [InlineData("hub", "connectionString")]
    [InlineData("file", "path")]
    public void Everything_that_is_missing_is_told_at_once(string name, params string[] keys)
    {
        var failure = Assert.Throws<SyncConfigurationException>(() => ProviderSite.Read($"{{name: {name}}}", new Dictionary<string, string>()));

        Assert.All(keys, key => Assert.Contains($"'provider.{key}'", failure.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{name: chirpstack, baseUri: 'ftp://x', apiKey: \"a\\nb\", applicationId: 7}", 3)]
    [InlineData("{name: tts, baseUri: 'http://x', apiKey: k, applicationId: Not_One, attributes: [A], pageSize: 1001, callsPerSecond: 0}", 4)]
    [InlineData("{name: hub, connectionString: 'HostName=h;DeviceId=d;SharedAccessKey=QUJD', endpoint: 'x:0'}", 2)]
    [InlineData("{name: file, path: a.csv, delimiter: x, unknown: 1}", 2)]
    public void Everything_that_is_malformed_is_told_at_once(string settings, int problems)
    {
        var failure = Assert.Throws<SyncConfigurationException>(() => ProviderSite.Read(settings, new Dictionary<string, string>()));

        Assert.Equal(problems, failure.Message.Split('\n').Length);
        Assert.DoesNotContain("QUJD", failure.Message, StringComparison.Ordinal);
    }
}
