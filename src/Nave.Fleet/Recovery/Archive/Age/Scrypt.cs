using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>The key derivation function scrypt, RFC 7914, for p = 1.</summary>
internal static class Scrypt
{
    private const int SalsaWords = 16;

    /// <summary>Derives a key.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="cost">N, a power of two above 1; the memory is 128 · N · r bytes.</param>
    /// <param name="blockSize">r.</param>
    /// <param name="length">The bytes that are wanted.</param>
    public static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int cost, int blockSize, int length)
    {
        var bytes = Rfc2898DeriveBytes.Pbkdf2(password, salt, 1, HashAlgorithmName.SHA256, 128 * blockSize);
        var words = new uint[32 * blockSize];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
        }

        Mix(words, cost, blockSize);
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return Rfc2898DeriveBytes.Pbkdf2(password, bytes, 1, HashAlgorithmName.SHA256, length);
    }

    // scryptROMix, section 5.
    private static void Mix(uint[] block, int cost, int blockSize)
    {
        var size = block.Length;
        var table = new uint[(long)cost * size];
        var other = new uint[size];
        for (var i = 0; i < cost; i++)
        {
            block.CopyTo(table.AsSpan(i * size, size));
            MixBlock(block, other, blockSize);
            (block, other) = (other, block);
        }

        for (var i = 0; i < cost; i++)
        {
            var row = (int)(block[size - SalsaWords] & (uint)(cost - 1));
            var from = table.AsSpan(row * size, size);
            for (var j = 0; j < size; j += Vector<uint>.Count)
            {
                (new Vector<uint>(block.AsSpan(j)) ^ new Vector<uint>(from[j..])).CopyTo(block.AsSpan(j));
            }

            MixBlock(block, other, blockSize);
            (block, other) = (other, block);
        }

        // An even number of exchanges: the result is where the caller looks for it.
        Array.Clear(table);
    }

    // scryptBlockMix, section 4.
    private static void MixBlock(ReadOnlySpan<uint> input, Span<uint> output, int blockSize)
    {
        Span<uint> x = stackalloc uint[SalsaWords];
        input[^SalsaWords..].CopyTo(x);
        for (var i = 0; i < 2 * blockSize; i++)
        {
            var part = input.Slice(i * SalsaWords, SalsaWords);
            for (var j = 0; j < SalsaWords; j++)
            {
                x[j] ^= part[j];
            }

            Salsa(x);
            x.CopyTo(output.Slice(((i / 2) + (i % 2 == 0 ? 0 : blockSize)) * SalsaWords, SalsaWords));
        }
    }

    // Salsa20/8, section 3.
    private static void Salsa(Span<uint> block)
    {
        var (x0, x1, x2, x3) = (block[0], block[1], block[2], block[3]);
        var (x4, x5, x6, x7) = (block[4], block[5], block[6], block[7]);
        var (x8, x9, x10, x11) = (block[8], block[9], block[10], block[11]);
        var (x12, x13, x14, x15) = (block[12], block[13], block[14], block[15]);
        for (var i = 0; i < 4; i++)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x5, ref x9, ref x13, ref x1);
            Quarter(ref x10, ref x14, ref x2, ref x6);
            Quarter(ref x15, ref x3, ref x7, ref x11);
            Quarter(ref x0, ref x1, ref x2, ref x3);
            Quarter(ref x5, ref x6, ref x7, ref x4);
            Quarter(ref x10, ref x11, ref x8, ref x9);
            Quarter(ref x15, ref x12, ref x13, ref x14);
        }

        (block[0], block[1], block[2], block[3]) = (block[0] + x0, block[1] + x1, block[2] + x2, block[3] + x3);
        (block[4], block[5], block[6], block[7]) = (block[4] + x4, block[5] + x5, block[6] + x6, block[7] + x7);
        (block[8], block[9], block[10], block[11]) = (block[8] + x8, block[9] + x9, block[10] + x10, block[11] + x11);
        (block[12], block[13], block[14], block[15]) = (block[12] + x12, block[13] + x13, block[14] + x14, block[15] + x15);
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        b ^= BitOperations.RotateLeft(a + d, 7);
        c ^= BitOperations.RotateLeft(b + a, 9);
        d ^= BitOperations.RotateLeft(c + b, 13);
        a ^= BitOperations.RotateLeft(d + c, 18);
    }
}
