using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>
/// A JSON value as the bytes it arrived in, so that large and decimal numbers survive. The default value is no JSON at all (a field that
/// is absent), which differs from JSON's <c>null</c>.
/// </summary>
[JsonConverter(typeof(RawJsonConverter))]
public readonly struct RawJson : IEquatable<RawJson>
{
    private RawJson(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>Gets JSON's <c>null</c>.</summary>
    public static RawJson Null { get; } = new("null"u8.ToArray());

    /// <summary>Gets the bytes, UTF-8; empty when undefined.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Gets a value indicating whether there is no value, not even <c>null</c>.</summary>
    public bool IsUndefined => Utf8.IsEmpty;

    /// <summary>Gets a value indicating whether this is JSON's <c>null</c>.</summary>
    public bool IsNull => Utf8.Span.SequenceEqual("null"u8);

    /// <summary>Takes over bytes that are known to be one JSON value; they are not copied.</summary>
    public static RawJson FromTrusted(ReadOnlyMemory<byte> utf8) => new(utf8);

    /// <summary>Checks that the bytes are one JSON value, and takes them over without a copy.</summary>
    public static bool TryCreate(ReadOnlyMemory<byte> utf8, out RawJson json)
    {
        json = default;
        var reader = new Utf8JsonReader(utf8.Span);
        try
        {
            if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }

            var end = (int)reader.BytesConsumed;
            if (reader.Read())
            {
                return false;
            }

            var start = utf8.Span.IndexOfAnyExcept(" \t\r\n"u8);
            json = new RawJson(utf8[start..end]);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Parses JSON text.</summary>
    /// <exception cref="FormatException">The text is not one JSON value.</exception>
    public static RawJson Parse(string text) =>
        TryCreate(Encoding.UTF8.GetBytes(text), out var json) ? json : throw new FormatException("The text is not one JSON value.");

    /// <summary>Copies an element.</summary>
    public static RawJson From(JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined ? default : new RawJson(JsonMarshal.GetRawUtf8Value(element).ToArray());

    /// <summary>Parses into a document; the caller disposes of it.</summary>
    public JsonDocument ToDocument() => JsonDocument.Parse(Utf8);

    /// <inheritdoc/>
    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is RawJson other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    /// <summary>Returns the JSON text; empty when undefined.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    /// <summary>Compares the bytes.</summary>
    public static bool operator ==(RawJson left, RawJson right) => left.Equals(right);

    /// <summary>Compares the bytes.</summary>
    public static bool operator !=(RawJson left, RawJson right) => !left.Equals(right);
}
