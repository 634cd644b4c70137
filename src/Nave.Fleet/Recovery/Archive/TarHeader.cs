using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Headers of a tar file (POSIX ustar), of regular files only: all that an archive has.</summary>
internal static class TarHeader
{
    /// <summary>The length of a header, and what contents are padded to, in bytes.</summary>
    public const int BlockBytes = 512;

    private const int MaxNameBytes = 100;
    private const int SizeOffset = 124;
    private const int ChecksumOffset = 148;

    /// <summary>Writes a header.</summary>
    public static byte[] Write(string name, long size, DateTimeOffset time)
    {
        var block = new byte[BlockBytes];
        Encoding.ASCII.GetBytes(name, block.AsSpan(0, MaxNameBytes));
        Octal(block.AsSpan(100, 8), 0x180); // 0600
        Octal(block.AsSpan(108, 8), 0);
        Octal(block.AsSpan(116, 8), 0);
        Octal(block.AsSpan(SizeOffset, 12), size);
        Octal(block.AsSpan(136, 12), Math.Max(0, time.ToUnixTimeSeconds()));
        block[156] = (byte)'0';
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Encoding.ASCII.GetBytes(Convert.ToString(SumOf(block), 8).PadLeft(6, '0'), block.AsSpan(ChecksumOffset));
        block[ChecksumOffset + 6] = 0;
        block[ChecksumOffset + 7] = (byte)' ';
        return block;
    }

    /// <summary>Reads a header.</summary>
    /// <returns><see langword="false"/> if it is none of a regular file.</returns>
    public static bool TryRead(ReadOnlySpan<byte> block, [NotNullWhen(true)] out string? name, out long size)
    {
        name = null;
        size = 0;
        var end = block[..MaxNameBytes].IndexOf((byte)0);
        if (end is 0 || block[156] is not ((byte)'0' or 0) || !block[257..262].SequenceEqual("ustar"u8)
            || !TryOctal(block.Slice(ChecksumOffset, 7), out var checksum) || checksum != SumOf(block)
            || !TryOctal(block.Slice(SizeOffset, 11), out size))
        {
            return false;
        }

        name = Encoding.Latin1.GetString(block[..(end < 0 ? MaxNameBytes : end)]);
        return true;
    }

    private static void Octal(Span<byte> field, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(field.Length - 1, '0'), field);

    private static bool TryOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        foreach (var b in field.Trim("\0 "u8))
        {
            if (b is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value << 3) | (uint)(b - '0');
        }

        return true;
    }

    // Its own field counts as spaces.
    private static int SumOf(ReadOnlySpan<byte> block)
    {
        var sum = 8 * ' ';
        for (var i = 0; i < block.Length; i++)
        {
            sum += i is >= ChecksumOffset and < ChecksumOffset + 8 ? 0 : block[i];
        }

        return sum;
    }
}
