using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Nave.Cli.Tests;

/// <summary>The architecture, as a test: a new arrow needs a change here and an ADR.</summary>
public sealed class ProjectGraphTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Nave.Mqtt"] = [],
        ["Nave.Amqp"] = [],
        ["Nave.Api"] = [],
        ["Nave.Storage"] = [],
        ["Nave.Hub"] = ["Nave.Api", "Nave.Storage"],
        ["Nave.Server"] = ["Nave.Amqp", "Nave.Hub", "Nave.Mqtt"],
        ["Nave.Client"] = ["Nave.Amqp", "Nave.Api", "Nave.Mqtt"],
        ["Nave.Fleet"] = ["Nave.Client", "Nave.Storage"],
        ["Nave.Cli"] = ["Nave.Fleet", "Nave.Server"],
    };

    [Fact]
    public void Project_references_are_exactly_the_documented_arrows()
    {
        var src = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "src");
        var actual = Directory.EnumerateFiles(src, "*.csproj", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => XDocument.Load(file).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order().ToArray());
        Assert.Equal(s_allowed.Keys.Order(), actual.Keys.Order());
        Assert.All(s_allowed, pair => Assert.Equal(pair.Value.Order(), actual[pair.Key]));
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
