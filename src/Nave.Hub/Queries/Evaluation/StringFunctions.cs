using System.Buffers;
using System.Text;

namespace Nave.Hub.Queries;

/// <summary>
/// Functions of strings; of anything else they are undefined. Positions and lengths count code points, so that no
/// character is cut in half.
/// </summary>
internal static class StringFunctions
{
    // Bytes 10xxxxxx go on with a character of UTF-8.
    private const int ContinuationMask = 0xC0;
    private const int Continuation = 0x80;

    /// <summary>Whether x begins with y.</summary>
    public static QueryValue StartsWith(in QueryValue x, in QueryValue y) =>
        AreStrings(x, y) ? QueryValue.Of(x.Utf8.StartsWith(y.Utf8)) : QueryValue.Undefined;

    /// <summary>Whether x ends with y.</summary>
    public static QueryValue EndsWith(in QueryValue x, in QueryValue y) =>
        AreStrings(x, y) ? QueryValue.Of(x.Utf8.EndsWith(y.Utf8)) : QueryValue.Undefined;

    /// <summary>Whether x holds y.</summary>
    public static QueryValue Contains(in QueryValue x, in QueryValue y) =>
        AreStrings(x, y) ? QueryValue.Of(x.Utf8.IndexOf(y.Utf8) >= 0) : QueryValue.Undefined;

    /// <summary>Where x first holds y, from 0; -1 if nowhere.</summary>
    public static QueryValue IndexOf(in QueryValue x, in QueryValue y)
    {
        if (!AreStrings(x, y))
        {
            return QueryValue.Undefined;
        }

        var at = x.Utf8.IndexOf(y.Utf8);
        return QueryValue.Of(QueryNumber.Of(at < 0 ? -1 : CountCharacters(x.Utf8[..at])));
    }

    /// <summary>The number of characters.</summary>
    public static QueryValue Length(in QueryValue x) =>
        x.Kind == QueryValueKind.String ? QueryValue.Of(QueryNumber.Of(CountCharacters(x.Utf8))) : QueryValue.Undefined;

    /// <summary>The string in lower case, the same in every culture.</summary>
    public static QueryValue Lower(in QueryValue x) =>
        x.Kind == QueryValueKind.String ? Bounded(Encoding.UTF8.GetBytes(x.GetText().ToLowerInvariant())) : QueryValue.Undefined;

    /// <summary>The string in upper case, the same in every culture.</summary>
    public static QueryValue Upper(in QueryValue x) =>
        x.Kind == QueryValueKind.String ? Bounded(Encoding.UTF8.GetBytes(x.GetText().ToUpperInvariant())) : QueryValue.Undefined;

    /// <summary>At most <paramref name="length"/> characters of a string from <paramref name="start"/> on; undefined if one is negative.</summary>
    public static QueryValue Substring(in QueryValue text, in QueryValue start, in QueryValue length)
    {
        if (text.Kind != QueryValueKind.String || !TryGetCount(start, out var skip) || !TryGetCount(length, out var take))
        {
            return QueryValue.Undefined;
        }

        var from = OffsetOf(text.Utf8, skip);
        var rest = text.Utf8[from..];
        return QueryValue.OfUtf8String(rest[..OffsetOf(rest, take)].ToArray());
    }

    /// <summary>The strings one after the other; undefined if one is no string or the result is too long.</summary>
    public static QueryValue Concat(Evaluator[] arguments, IQueryRow row)
    {
        var joined = new ArrayBufferWriter<byte>();
        foreach (var argument in arguments)
        {
            var part = argument.Evaluate(row);
            if (part.Kind != QueryValueKind.String || joined.WrittenCount + part.Utf8.Length > QueryLimits.MaxStringBytes)
            {
                return QueryValue.Undefined;
            }

            joined.Write(part.Utf8);
        }

        return QueryValue.OfUtf8String(joined.WrittenMemory);
    }

    private static bool AreStrings(in QueryValue x, in QueryValue y) =>
        x.Kind == QueryValueKind.String && y.Kind == QueryValueKind.String;

    private static QueryValue Bounded(byte[] utf8) =>
        utf8.Length <= QueryLimits.MaxStringBytes ? QueryValue.OfUtf8String(utf8) : QueryValue.Undefined;

    private static bool TryGetCount(in QueryValue value, out long count)
    {
        count = value.Kind == QueryValueKind.Number && value.Number.IsInteger ? value.Number.Integer : -1;
        return count >= 0;
    }

    private static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
        {
            count += (b & ContinuationMask) == Continuation ? 0 : 1;
        }

        return count;
    }

    private static int OffsetOf(ReadOnlySpan<byte> utf8, long characters)
    {
        var offset = 0;
        for (; offset < utf8.Length; offset++)
        {
            if ((utf8[offset] & ContinuationMask) != Continuation && characters-- == 0)
            {
                break;
            }
        }

        return offset;
    }
}
