using System.Buffers.Text;
using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>
/// A number: a whole number that fits 64 bits is kept exactly, any other as a double. A double that is such a whole number
/// becomes one, so equal numbers have one form, and 1, 1.0 and 1e0 are the same.
/// </summary>
internal readonly record struct QueryNumber
{
    // 2^63 is the first double above every long; -2^63 is one.
    private const double TwoToThe63 = 9223372036854775808.0;

    private readonly long _bits;

    private QueryNumber(long bits, bool isInteger)
    {
        _bits = bits;
        IsInteger = isInteger;
    }

    /// <summary>Gets a value indicating whether <see cref="Integer"/> holds the number exactly.</summary>
    public bool IsInteger { get; }

    /// <summary>Gets the whole number; only when <see cref="IsInteger"/>.</summary>
    public long Integer => _bits;

    /// <summary>Gets the number as a double, rounded if it is a whole number above 2^53.</summary>
    public double Double => IsInteger ? _bits : BitConverter.Int64BitsToDouble(_bits);

    /// <summary>Makes a whole number.</summary>
    public static QueryNumber Of(long value) => new(value, true);

    /// <summary>Makes a number of a double, in its one form.</summary>
    public static QueryNumber Of(double value) =>
        value >= -TwoToThe63 && value < TwoToThe63 && Math.Floor(value) == value
            ? new QueryNumber((long)value, true)
            : new QueryNumber(BitConverter.DoubleToInt64Bits(value), false);

    /// <summary>Reads a number in JSON's form.</summary>
    public static QueryNumber OfJson(ReadOnlySpan<byte> text)
    {
        if (Utf8Parser.TryParse(text, out long integer, out var consumed) && consumed == text.Length)
        {
            return Of(integer);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? Of(value) : Of(0L);
    }

    /// <summary>Compares exactly: no whole number is rounded to be compared with a double.</summary>
    public int CompareTo(QueryNumber other)
    {
        if (IsInteger)
        {
            return other.IsInteger ? _bits.CompareTo(other._bits) : CompareMixed(_bits, other.Double);
        }

        return other.IsInteger ? -CompareMixed(other._bits, Double) : Double.CompareTo(other.Double);
    }

    /// <summary>Gives the shortest text that reads back as the same number.</summary>
    public override string ToString() =>
        IsInteger ? _bits.ToString(CultureInfo.InvariantCulture) : Double.ToString("R", CultureInfo.InvariantCulture);

    private static int CompareMixed(long integer, double value)
    {
        if (value >= TwoToThe63)
        {
            return -1;
        }

        if (value < -TwoToThe63)
        {
            return 1;
        }

        // The double has a fraction here, or it would be a whole number: equality cannot be.
        var whole = (long)Math.Floor(value);
        return integer <= whole ? -1 : 1;
    }
}
