using System.Text.Json;

namespace Nave.Cli.Output;

/// <summary>JSON values as cells of a table: strings without quotes, anything else as it is.</summary>
internal static class JsonCell
{
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Object or JsonValueKind.Array => JsonSerializer.Serialize(value),
        _ => value.GetRawText(),
    };
}
