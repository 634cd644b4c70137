using System.Text;

namespace Nave.Fuzz;

/// <summary>What JSON is made of, and what trips those who read it.</summary>
internal static class JsonWords
{
    public static readonly byte[][] All =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"\"", "null", "true", "false", "0", "-1", "1.5e300", "9223372036854775807", "99999999999999999999", "1e999",
            "\"\\ud800\"", "\"\\u0000\"", "\"a\":1,", "\"\":1,", "{\"a\":", "[[", "\"$version\":", "\"$metadata\":{}", "\\u00e9", "\"AQID\"", "\"2026-01-02T03:04:05Z\"",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF],
        [(byte)'"', 0xC3, (byte)'"'],
        Encoding.UTF8.GetBytes("\"" + new string('k', 1000) + "\":{"),
    ];
}
