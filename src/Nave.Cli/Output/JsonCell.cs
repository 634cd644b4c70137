using System.Text.Json;

namespace Nave.Cli.Output;

/// <summary>JSON values as cells of a table: strings without quotes, anything else as it is.</summary>
internal static class JsonCell
{
    // How the hub writes a time that never was.
    private const string Never = "0001-01-01T00:00:00";

    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is var text && text!.StartsWith(Never, StringComparison.Ordinal) ? null : text, // A string is not null.
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Object or JsonValueKind.Array => JsonSerializer.Serialize(value),
        _ => value.GetRawText(),
    };
}
