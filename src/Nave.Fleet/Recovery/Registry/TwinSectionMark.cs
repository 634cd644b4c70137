using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Marks a section of a twin: equal for equal content, whatever the order of members and whatever each hub counts for itself
/// (<c>$metadata</c>, <c>$version</c>). An absent section is an empty one.
/// </summary>
internal static class TwinSectionMark
{
    private const int Bytes = 16; // Of a SHA-256: two of 2^64 differing sections would have to meet by accident.

    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    /// <summary>Marks a section.</summary>
    public static string Of(RawJson section)
    {
        if (section.IsUndefined || section.IsNull)
        {
            return string.Empty;
        }

        var buffer = new ArrayBufferWriter<byte>(section.Utf8.Length);
        using (var document = section.ToDocument())
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            Write(json, document.RootElement, isSection: true);
        }

        // "{}": what a new twin has, and what a line without the section means.
        return buffer.WrittenCount <= 2 ? string.Empty : Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan).AsSpan(0, Bytes));
    }

    private static void Write(Utf8JsonWriter json, JsonElement value, bool isSection)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    if (!isSection || member.Name is not ("$metadata" or "$version"))
                    {
                        json.WritePropertyName(member.Name);
                        Write(json, member.Value, isSection: false);
                    }
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(json, item, isSection: false);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.String:
                json.WriteStringValue(value.GetString()); // In one escaping.
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
