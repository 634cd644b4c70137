using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Reads an error code that is a name or, in older answers, a number (wire facts 9.4.2); writes the name.</summary>
internal sealed class ErrorCodeNameConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return reader.GetString();
        }

        var number = reader.GetInt32();
        return Enum.GetName((HubErrorCode)number) ?? number.ToString(CultureInfo.InvariantCulture);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
