using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Bech32 (BIP 173) as age writes keys with it: without a limit of length.</summary>
internal static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;

    private static readonly uint[] s_generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

    /// <summary>Writes bytes, in lower case.</summary>
    public static string Encode(string prefix, ReadOnlySpan<byte> data)
    {
        var values = new List<byte>();
        var (accumulator, bits) = (0, 0);
        foreach (var b in data)
        {
            accumulator = ((accumulator << 8) | b) & 0xfff;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                values.Add((byte)((accumulator >> (bits - 5)) & 31));
            }
        }

        if (bits > 0)
        {
            values.Add((byte)((accumulator << (5 - bits)) & 31));
        }

        var checksum = Checksum(prefix, [.. values, .. new byte[ChecksumLength]]) ^ 1;
        var text = new StringBuilder(prefix).Append('1');
        foreach (var value in values)
        {
            text.Append(Alphabet[value]);
        }

        for (var i = 0; i < ChecksumLength; i++)
        {
            text.Append(Alphabet[(int)(checksum >> (5 * (5 - i))) & 31]);
        }

        return text.ToString();
    }

    /// <summary>Reads bytes; all letters are of one case.</summary>
    public static bool TryDecode(string text, string prefix, [NotNullWhen(true)] out byte[]? data)
    {
        data = null;
        var lower = text.ToLowerInvariant();
        var isMixed = text.Any(char.IsAsciiLetterLower) && text.Any(char.IsAsciiLetterUpper);
        if (isMixed || !lower.StartsWith(prefix + "1", StringComparison.Ordinal)
            || lower.Length < prefix.Length + 1 + ChecksumLength)
        {
            return false;
        }

        var values = lower[(prefix.Length + 1)..].Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal)).ToArray();
        if (values.Contains(-1) || Checksum(prefix, Array.ConvertAll(values, value => (byte)value)) != 1)
        {
            return false;
        }

        var bytes = new List<byte>();
        var (accumulator, bits) = (0, 0);
        foreach (var value in values.AsSpan(0, values.Length - ChecksumLength))
        {
            accumulator = ((accumulator << 5) | value) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(accumulator >> bits));
            }
        }

        data = bits < 5 && (accumulator & ((1 << bits) - 1)) == 0 ? [.. bytes] : null;
        return data is not null;
    }

    private static uint Checksum(string prefix, ReadOnlySpan<byte> values)
    {
        var check = 1u;
        foreach (var c in prefix)
        {
            check = Step(check, (uint)c >> 5);
        }

        check = Step(check, 0);
        foreach (var c in prefix)
        {
            check = Step(check, (uint)c & 31);
        }

        foreach (var value in values)
        {
            check = Step(check, value);
        }

        return check;
    }

    private static uint Step(uint check, uint value)
    {
        var top = check >> 25;
        check = ((check & 0x1ffffff) << 5) ^ value;
        for (var i = 0; i < s_generator.Length; i++)
        {
            check ^= ((top >> i) & 1) == 0 ? 0 : s_generator[i];
        }

        return check;
    }
}
