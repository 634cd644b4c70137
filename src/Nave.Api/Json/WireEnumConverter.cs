using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Writes an enumeration's member in camelCase, and reads it in any letter case.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal sealed class WireEnumConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly T[] s_values = Enum.GetValues<T>();
    private static readonly string[] s_names = [.. s_values.Select(v => JsonNamingPolicy.CamelCase.ConvertName(v.ToString()))];

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var text = reader.GetString();
            for (var i = 0; i < s_names.Length; i++)
            {
                if (string.Equals(s_names[i], text, StringComparison.OrdinalIgnoreCase))
                {
                    return s_values[i];
                }
            }
        }

        throw new WireJsonException($"permitted are {string.Join(", ", s_names)}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(s_names[Array.IndexOf(s_values, value)]);
}
