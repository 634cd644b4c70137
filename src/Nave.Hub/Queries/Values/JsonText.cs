using System.Text;
using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>
/// Takes the escapes out of JSON strings. JSON can spell half a surrogate pair (<c>"\ud800"</c>), which is no character
/// and has no UTF-8; a string that does is taken as it stands, with all its escapes.
/// </summary>
internal static class JsonText
{
    /// <summary>Copies the null, boolean, number or string that the reader stands on.</summary>
    public static QueryValue ReadScalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => QueryValue.Null,
        JsonTokenType.True => QueryValue.True,
        JsonTokenType.False => QueryValue.False,
        JsonTokenType.Number => QueryValue.OfJsonNumber(reader.ValueSpan.ToArray()),
        JsonTokenType.String => QueryValue.OfUtf8String(Read(ref reader)),
        _ => throw new InvalidOperationException($"A {reader.TokenType} is no scalar."),
    };

    /// <summary>Copies the string or name that the reader stands on.</summary>
    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.ToArray();
        }

        try
        {
            var unescaped = new byte[reader.ValueSpan.Length];
            return unescaped.AsMemory(0, reader.CopyString(unescaped));
        }
        catch (InvalidOperationException)
        {
            return reader.ValueSpan.ToArray();
        }
    }

    /// <summary>Gets the string that an element is.</summary>
    public static ReadOnlyMemory<byte> Unescape(JsonElement element)
    {
        try
        {
            return Encoding.UTF8.GetBytes(element.GetString() ?? "");
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetBytes(element.GetRawText().Trim('"'));
        }
    }
}
