using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>
/// The one form that a primitive value has in an index term. Values that a query finds equal have the same form; values
/// of different types never do. Writers of terms and the planner both use this.
/// </summary>
/// <remarks>
/// <c>z</c> null, <c>t</c> and <c>f</c> the booleans, <c>n</c> and the number (<c>n1</c> for 1, 1.0 and 1e0), <c>s</c> and
/// the string; a string over 128 bytes of UTF-8 is <c>h</c> and the start of its SHA-256 in hexadecimal, so that terms stay short.
/// </remarks>
internal static class TermValue
{
    private const int MaxStringBytes = 128;
    private const int HashBytes = 16;

    /// <summary>Says whether another value may, however unlikely, have the same form.</summary>
    public static bool IsHashed(in QueryValue value) => value.Kind == QueryValueKind.String && value.Utf8.Length > MaxStringBytes;

    /// <summary>Gets the form of a JSON value; <see langword="null"/> for an array or an object.</summary>
    public static string? Of(JsonElement element) => Of(QueryValue.Of(element));

    /// <summary>Gets the form of a value; <see langword="null"/> for what is no primitive.</summary>
    public static string? Of(in QueryValue value) => value.Kind switch
    {
        QueryValueKind.Null => "z",
        QueryValueKind.Boolean => value.IsTrue ? "t" : "f",
        QueryValueKind.Number => string.Create(CultureInfo.InvariantCulture, $"n{value.Number}"),
        QueryValueKind.String when IsHashed(value) =>
            $"h{Convert.ToHexStringLower(SHA256.HashData(value.Utf8).AsSpan(0, HashBytes))}",
        QueryValueKind.String => $"s{Encoding.UTF8.GetString(value.Utf8)}",
        _ => null,
    };
}
