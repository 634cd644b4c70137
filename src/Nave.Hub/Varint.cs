namespace Nave.Hub;

/// <summary>Unsigned integers in groups of 7 bits, the lowest first; the high bit says that another byte follows.</summary>
internal static class Varint
{
    /// <summary>The most bytes that a 64-bit value takes.</summary>
    public const int MaxBytes = 10;

    /// <summary>Writes a value.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> target, ulong value)
    {
        var count = 0;
        while (value >= 0x80)
        {
            target[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[count++] = (byte)value;
        return count;
    }

    /// <summary>Reads a value and moves <paramref name="source"/> past it.</summary>
    /// <returns><see langword="false"/> if the bytes end early or the value exceeds 64 bits.</returns>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        for (var i = 0; i < source.Length && i < MaxBytes; i++)
        {
            var b = source[i];
            if (i == MaxBytes - 1 && b > 1)
            {
                return false;
            }

            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                source = source[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a length and that many bytes, and moves <paramref name="source"/> past them.</summary>
    public static bool TryReadBytes(scoped ref ReadOnlySpan<byte> source, out ReadOnlySpan<byte> bytes)
    {
        if (!TryRead(ref source, out var length) || length > (ulong)source.Length)
        {
            bytes = default;
            return false;
        }

        bytes = source[..(int)length];
        source = source[(int)length..];
        return true;
    }
}
