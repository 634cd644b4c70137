using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>Hubs as the server describes them.</summary>
internal static class HubView
{
    public static readonly string[] Columns = ["name", "hostName", "aliases", "standby", "partitions", "tier", "retentionHours", "retentionBytes"];

    /// <summary>Makes the option of a hub's other host names.</summary>
    public static Option<string[]> AliasOption() => new("--alias")
    {
        Description = "Another host name of the hub, such as one it shares with its mirror; may be given again, 10 at most.",
        HelpName = "HOST",
    };

    /// <summary>Writes a hub's other host names as a member of its description.</summary>
    public static void WriteAliases(Utf8JsonWriter json, IReadOnlyList<string> aliases)
    {
        json.WriteStartArray("aliases");
        foreach (var alias in aliases)
        {
            json.WriteStringValue(alias);
        }

        json.WriteEndArray();
    }

    public static string?[] Cells(JsonElement hub) => Array.ConvertAll(Columns, name => Cell(hub, name));

    public static string? Cell(JsonElement hub, string name) => hub.TryGetProperty(name, out var value) ? JsonCell.Of(value) : null;
}
