using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Documents;

/// <summary>
/// Compares JSON by its meaning: the order of members does not count, nor how a number is written. A target that keeps numbers as doubles
/// (Cosmos DB) has them compared as such.
/// </summary>
internal static class JsonEquality
{
    /// <summary>Tells whether two values mean the same.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <param name="asDoubles">Whether numbers are the same when they are the same double.</param>
    public static bool AreEqual(RawJson left, RawJson right, bool asDoubles = false)
    {
        if (left == right)
        {
            return true;
        }

        using var one = left.ToDocument();
        using var other = right.ToDocument();
        return AreEqual(one.RootElement, other.RootElement, asDoubles);
    }

    /// <summary>Tells whether two values mean the same.</summary>
    public static bool AreEqual(JsonElement left, JsonElement right, bool asDoubles)
    {
        if (left.ValueKind != right.ValueKind)
        {
            return false;
        }

        switch (left.ValueKind)
        {
            case JsonValueKind.Object:
                var count = 0;
                foreach (var member in left.EnumerateObject())
                {
                    count++;
                    if (!right.TryGetProperty(member.Name, out var value) || !AreEqual(member.Value, value, asDoubles))
                    {
                        return false;
                    }
                }

                return count == right.GetPropertyCount();
            case JsonValueKind.Array:
                return left.GetArrayLength() == right.GetArrayLength()
                    && left.EnumerateArray().Zip(right.EnumerateArray()).All(pair => AreEqual(pair.First, pair.Second, asDoubles));
            case JsonValueKind.Number:
                return AreEqualNumbers(left.GetRawText(), right.GetRawText(), asDoubles);
            case JsonValueKind.String:
                return left.ValueEquals(right.GetString());
            default:
                return true;
        }
    }

    private static bool AreEqualNumbers(string left, string right, bool asDoubles) =>
        left == right
        || (asDoubles
            ? double.Parse(left, CultureInfo.InvariantCulture).Equals(double.Parse(right, CultureInfo.InvariantCulture))
            : Normalize(left) == Normalize(right));

    // Digits without zeros at either end, and the power of ten that the last one stands for.
    private static (bool IsNegative, string Digits, BigInteger Exponent) Normalize(string number)
    {
        var isNegative = number[0] == '-';
        var e = number.AsSpan().IndexOfAny('e', 'E');
        var mantissa = number.AsSpan(isNegative ? 1 : 0, (e < 0 ? number.Length : e) - (isNegative ? 1 : 0));
        var exponent = e < 0 ? BigInteger.Zero : BigInteger.Parse(number.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        exponent -= point < 0 ? 0 : mantissa.Length - point - 1;
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length;
        significant = significant.TrimStart('0');
        return significant.Length == 0 ? (false, string.Empty, BigInteger.Zero) : (isNegative, significant, exponent);
    }
}
