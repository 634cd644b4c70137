using System.Text;
using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>
/// A value of a row or of an expression. One that came from a document points into its bytes and lives as long as they
/// do; <see cref="Detach"/> makes a copy that stays.
/// </summary>
internal readonly struct QueryValue
{
    // A string: its UTF-8 without escapes. A number: its text in the document, empty if it was computed. An array or an
    // object: its JSON.
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly QueryNumber _number;

    private QueryValue(QueryValueKind kind, ReadOnlyMemory<byte> bytes, QueryNumber number)
    {
        Kind = kind;
        _bytes = bytes;
        _number = number;
    }

    /// <summary>Gets the value that is not there.</summary>
    public static QueryValue Undefined => default;

    /// <summary>Gets null.</summary>
    public static QueryValue Null => new(QueryValueKind.Null, default, default);

    /// <summary>Gets true.</summary>
    public static QueryValue True => new(QueryValueKind.Boolean, default, QueryNumber.Of(1));

    /// <summary>Gets false.</summary>
    public static QueryValue False => new(QueryValueKind.Boolean, default, QueryNumber.Of(0));

    /// <summary>Gets the type.</summary>
    public QueryValueKind Kind { get; }

    /// <summary>Gets a value indicating whether this is true, as a condition must be to select a row.</summary>
    public bool IsTrue => Kind == QueryValueKind.Boolean && _number.Integer != 0;

    /// <summary>Gets a value indicating whether this can be compared: null, a boolean, a number or a string.</summary>
    public bool IsPrimitive => Kind is >= QueryValueKind.Null and <= QueryValueKind.String;

    /// <summary>Gets the number; only of <see cref="QueryValueKind.Number"/>.</summary>
    public QueryNumber Number => _number;

    /// <summary>Gets a string's UTF-8, or an array's or object's JSON.</summary>
    public ReadOnlySpan<byte> Utf8 => _bytes.Span;

    /// <summary>Makes a boolean.</summary>
    public static QueryValue Of(bool value) => value ? True : False;

    /// <summary>Makes a number; one that JSON cannot write is undefined.</summary>
    public static QueryValue Of(double value) =>
        double.IsFinite(value) ? new QueryValue(QueryValueKind.Number, default, QueryNumber.Of(value)) : default;

    /// <summary>Makes a number.</summary>
    public static QueryValue Of(QueryNumber value) => new(QueryValueKind.Number, default, value);

    /// <summary>Makes a string; half a surrogate pair becomes U+FFFD.</summary>
    public static QueryValue Of(string value) => OfUtf8String(Encoding.UTF8.GetBytes(value));

    /// <summary>Makes a string of UTF-8 without JSON's escapes. The bytes must not change.</summary>
    public static QueryValue OfUtf8String(ReadOnlyMemory<byte> utf8) => new(QueryValueKind.String, utf8, default);

    /// <summary>Makes a number of its JSON text. The bytes must not change.</summary>
    public static QueryValue OfJsonNumber(ReadOnlyMemory<byte> json) =>
        new(QueryValueKind.Number, json, QueryNumber.OfJson(json.Span));

    /// <summary>Makes an array of its JSON text. The bytes must not change.</summary>
    public static QueryValue OfJsonArray(ReadOnlyMemory<byte> json) => new(QueryValueKind.Array, json, default);

    /// <summary>Makes an object of its JSON text. The bytes must not change.</summary>
    public static QueryValue OfJsonObject(ReadOnlyMemory<byte> json) => new(QueryValueKind.Object, json, default);

    /// <summary>Makes a value of a JSON element, and copies what it needs.</summary>
    public static QueryValue Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => Null,
        JsonValueKind.True => True,
        JsonValueKind.False => False,
        JsonValueKind.Number => OfJsonNumber(Encoding.UTF8.GetBytes(element.GetRawText())),
        JsonValueKind.String => OfUtf8String(JsonText.Unescape(element)),
        JsonValueKind.Array => OfJsonArray(Encoding.UTF8.GetBytes(element.GetRawText())),
        JsonValueKind.Object => OfJsonObject(Encoding.UTF8.GetBytes(element.GetRawText())),
        _ => Undefined,
    };

    /// <summary>
    /// Compares two values of the same primitive type; <see langword="null"/> if they are not. Strings by code point,
    /// which is the order of their UTF-8; numbers exactly; false before true.
    /// </summary>
    public static int? Compare(in QueryValue left, in QueryValue right)
    {
        if (left.Kind != right.Kind)
        {
            return null;
        }

        return left.Kind switch
        {
            QueryValueKind.Null => 0,
            QueryValueKind.Boolean or QueryValueKind.Number => left._number.CompareTo(right._number),
            QueryValueKind.String => left.Utf8.SequenceCompareTo(right.Utf8),
            _ => null,
        };
    }

    /// <summary>Gets a string's text.</summary>
    public string GetText() => Encoding.UTF8.GetString(Utf8);

    /// <summary>Makes a value that does not depend on the bytes it came from.</summary>
    public QueryValue Detach() => new(Kind, _bytes.IsEmpty ? default : _bytes.ToArray(), _number);

    /// <summary>Writes the value as JSON, a number as it stood in the document. It must not be undefined.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case QueryValueKind.Null:
                writer.WriteNullValue();
                break;
            case QueryValueKind.Boolean:
                writer.WriteBooleanValue(IsTrue);
                break;
            case QueryValueKind.String:
                writer.WriteStringValue(Utf8);
                break;
            case QueryValueKind.Number when _bytes.IsEmpty && _number.IsInteger:
                writer.WriteNumberValue(_number.Integer);
                break;
            case QueryValueKind.Number when _bytes.IsEmpty:
                writer.WriteNumberValue(_number.Double);
                break;
            case QueryValueKind.Number or QueryValueKind.Array or QueryValueKind.Object:
                writer.WriteRawValue(Utf8, skipInputValidation: true);
                break;
            default:
                throw new InvalidOperationException("An undefined value has no JSON.");
        }
    }
}
