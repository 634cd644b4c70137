using System.Buffers;
using System.Text;

namespace Nave.Api;

/// <summary>RFC 3986 percent-encoding over UTF-8 bytes. <c>+</c> is a plus in both directions.</summary>
public static class PercentEncoding
{
    // RFC 3986 section 2.3. Everything else is escaped: `=`, `&`, `/`, `#`, `+` and `%` all trip some SDK (wire facts 4.4.5).
    private static readonly SearchValues<byte> s_unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <summary>Decodes escapes of either letter case.</summary>
    /// <param name="text">The escaped bytes.</param>
    /// <param name="destination">At least as long as <paramref name="text"/>.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns><see langword="false"/> if an escape is cut off or has no two hex digits.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        while (true)
        {
            var escape = text.IndexOf((byte)'%');
            if (escape < 0)
            {
                text.CopyTo(destination[written..]);
                written += text.Length;
                return true;
            }

            text[..escape].CopyTo(destination[written..]);
            written += escape;
            if (text.Length - escape < 3)
            {
                return false;
            }

            var high = HexValue(text[escape + 1]);
            var low = HexValue(text[escape + 2]);
            if ((high | low) < 0)
            {
                return false;
            }

            destination[written++] = (byte)((high << 4) | low);
            text = text[(escape + 3)..];
        }
    }

    /// <summary>Escapes everything but RFC 3986's unreserved characters, with upper-case digits.</summary>
    public static void Encode(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(s_unreserved);
            if (plain < 0)
            {
                output.Write(text);
                return;
            }

            output.Write(text[..plain]);
            var span = output.GetSpan(3);
            span[0] = (byte)'%';
            span[1] = "0123456789ABCDEF"u8[text[plain] >> 4];
            span[2] = "0123456789ABCDEF"u8[text[plain] & 15];
            output.Advance(3);
            text = text[(plain + 1)..];
        }
    }

    /// <summary>Escapes everything but RFC 3986's unreserved characters, with upper-case digits.</summary>
    public static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary>Decodes what can be decoded; a malformed escape stays as it stands.</summary>
    public static string DecodeLeniently(string text) => Uri.UnescapeDataString(text);

    /// <summary>Decodes UTF-8 bytes into a string.</summary>
    /// <returns><see langword="false"/> on a malformed escape or invalid UTF-8.</returns>
    public static bool TryDecodeToString(ReadOnlySpan<byte> text, out string value)
    {
        value = string.Empty;
        var rented = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            if (!TryDecode(text, rented, out var length) || !System.Text.Unicode.Utf8.IsValid(rented.AsSpan(0, length)))
            {
                return false;
            }

            value = Encoding.UTF8.GetString(rented, 0, length);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        _ => -1,
    };
}
