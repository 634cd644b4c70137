using System.Globalization;
using System.Text;

namespace Nave.Mqtt.Tests;

/// <summary>The notation of the golden table: hex digits; 'raw text'; "text with its two bytes of length".</summary>
internal static class PacketBytes
{
    public static byte[] Parse(string notation)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < notation.Length;)
        {
            if (char.IsWhiteSpace(notation[at]))
            {
                at++;
                continue;
            }

            if (notation[at] is '"' or '\'')
            {
                var end = notation.IndexOf(notation[at], at + 1);
                var text = Encoding.UTF8.GetBytes(notation[(at + 1)..end]);
                if (notation[at] == '"')
                {
                    bytes.Add((byte)(text.Length >> 8));
                    bytes.Add((byte)text.Length);
                }

                bytes.AddRange(text);
                at = end + 1;
                continue;
            }

            bytes.Add(byte.Parse(notation.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            at += 2;
        }

        return [.. bytes];
    }
}
