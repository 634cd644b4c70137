using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Writes a time with seven fraction digits, and the zero time as the hub does; reads any ISO 8601 time.</summary>
/// <param name="zeroHasZone">Whether the zero time ends in <c>Z</c> (answers to GET) or not (answers to a creation). Wire facts 9.1.10.</param>
internal sealed class WireTimeConverter(bool zeroHasZone) : JsonConverter<DateTimeOffset>
{
    public WireTimeConverter()
        : this(zeroHasZone: true)
    {
    }

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is not null && WireTime.TryParse(text, out var time) ? time : throw new WireJsonException("a time must be ISO 8601 text.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        if (value != default)
        {
            writer.WriteStringValue(WireTime.Format(value));
        }
        else
        {
            writer.WriteStringValue(zeroHasZone ? "0001-01-01T00:00:00Z" : "0001-01-01T00:00:00");
        }
    }
}
