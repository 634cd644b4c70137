using System.Text.Json;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>Hubs as the server describes them.</summary>
internal static class HubView
{
    public static readonly string[] Columns = ["name", "hostName", "partitions", "tier", "retentionHours", "retentionBytes"];

    public static string?[] Cells(JsonElement hub) => Array.ConvertAll(Columns, name => Cell(hub, name));

    public static string? Cell(JsonElement hub, string name) => hub.TryGetProperty(name, out var value) ? JsonCell.Of(value) : null;
}
