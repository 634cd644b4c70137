using System.Globalization;

namespace Nave.Api;

/// <summary>Times as the wire writes and reads them.</summary>
public static class WireTime
{
    /// <summary>Reads an ISO 8601 or RFC 1123 time; one without a zone is UTC.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces, out time);

    /// <summary>Writes a time with seven fraction digits, such as <c>2026-01-01T00:00:00.0000000Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
}
