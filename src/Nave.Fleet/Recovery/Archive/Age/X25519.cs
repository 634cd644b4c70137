namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// The function X25519, RFC 7748, in constant time: no branch and no index depends on a secret. Numbers modulo 2^255 - 19 are five
/// limbs of 51 bits.
/// </summary>
internal static class X25519
{
    /// <summary>The length of keys, in bytes.</summary>
    public const int KeyBytes = 32;

    private const ulong Mask = (1UL << 51) - 1;

    private static readonly byte[] s_basePoint = [9, .. new byte[KeyBytes - 1]];

    /// <summary>Gets the public key of a secret one.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> secret) => Multiply(secret, s_basePoint);

    /// <summary>Multiplies a point by a scalar, section 5.</summary>
    /// <param name="scalar">32 bytes; clamped here.</param>
    /// <param name="point">32 bytes, little-endian; the top bit is ignored.</param>
    public static byte[] Multiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point)
    {
        Span<byte> k = stackalloc byte[KeyBytes];
        scalar.CopyTo(k);
        k[0] &= 248;
        k[31] = (byte)((k[31] & 127) | 64);

        Span<ulong> limbs = stackalloc ulong[5 * 10];
        var x1 = limbs[..5];
        var x2 = limbs.Slice(5, 5);
        var z2 = limbs.Slice(10, 5);
        var x3 = limbs.Slice(15, 5);
        var z3 = limbs.Slice(20, 5);
        var a = limbs.Slice(25, 5);
        var b = limbs.Slice(30, 5);
        var c = limbs.Slice(35, 5);
        var d = limbs.Slice(40, 5);
        var e = limbs.Slice(45, 5);
        Load(x1, point);
        x2[0] = 1;
        x1.CopyTo(x3);
        z3[0] = 1;
        var swap = 0UL;
        for (var t = 254; t >= 0; t--)
        {
            var bit = (ulong)((k[t >> 3] >> (t & 7)) & 1);
            swap ^= bit;
            Swap(swap, x2, x3);
            Swap(swap, z2, z3);
            swap = bit;

            Add(a, x2, z2); // A
            Subtract(b, x2, z2); // B
            Add(c, x3, z3); // C
            Subtract(d, x3, z3); // D
            Multiply(d, d, a); // DA
            Multiply(c, c, b); // CB
            Add(x3, d, c);
            Multiply(x3, x3, x3);
            Subtract(z3, d, c);
            Multiply(z3, z3, z3);
            Multiply(z3, z3, x1);
            Multiply(a, a, a); // AA
            Multiply(b, b, b); // BB
            Multiply(x2, a, b);
            Subtract(e, a, b); // E
            Scale(c, e, 121665);
            Add(c, c, a);
            Multiply(z2, e, c);
        }

        Swap(swap, x2, x3);
        Swap(swap, z2, z3);
        Invert(z2, a);
        Multiply(x2, x2, z2);
        var result = new byte[KeyBytes];
        Store(result, x2);
        limbs.Clear();
        k.Clear();
        return result;
    }

    private static void Load(Span<ulong> limbs, ReadOnlySpan<byte> bytes)
    {
        Span<ulong> words = stackalloc ulong[4];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
        }

        limbs[0] = words[0] & Mask;
        limbs[1] = ((words[0] >> 51) | (words[1] << 13)) & Mask;
        limbs[2] = ((words[1] >> 38) | (words[2] << 26)) & Mask;
        limbs[3] = ((words[2] >> 25) | (words[3] << 39)) & Mask;
        limbs[4] = (words[3] >> 12) & Mask;
    }

    private static void Store(Span<byte> bytes, Span<ulong> limbs)
    {
        // Twice, so that every limb has 51 bits; then minus the prime if it is not below it.
        Carry(limbs);
        Carry(limbs);
        var q = (limbs[0] + 19) >> 51;
        for (var i = 1; i < 5; i++)
        {
            q = (limbs[i] + q) >> 51;
        }

        limbs[0] += 19 * q;
        for (var i = 0; i < 4; i++)
        {
            limbs[i + 1] += limbs[i] >> 51;
            limbs[i] &= Mask;
        }

        limbs[4] &= Mask;
        Span<ulong> words =
        [
            limbs[0] | (limbs[1] << 51),
            (limbs[1] >> 13) | (limbs[2] << 38),
            (limbs[2] >> 26) | (limbs[3] << 25),
            (limbs[3] >> 39) | (limbs[4] << 12),
        ];
        for (var i = 0; i < words.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * i)..], words[i]);
        }
    }

    private static void Carry(Span<ulong> x)
    {
        for (var i = 0; i < 4; i++)
        {
            x[i + 1] += x[i] >> 51;
            x[i] &= Mask;
        }

        x[0] += 19 * (x[4] >> 51);
        x[4] &= Mask;
    }

    private static void Swap(ulong swap, Span<ulong> x, Span<ulong> y)
    {
        var mask = 0UL - swap;
        for (var i = 0; i < 5; i++)
        {
            var difference = mask & (x[i] ^ y[i]);
            x[i] ^= difference;
            y[i] ^= difference;
        }
    }

    private static void Add(Span<ulong> sum, ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y)
    {
        for (var i = 0; i < 5; i++)
        {
            sum[i] = x[i] + y[i];
        }

        Carry(sum);
    }

    // Four times the prime is added first, so that no limb goes below zero.
    private static void Subtract(Span<ulong> difference, ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y)
    {
        difference[0] = x[0] + ((Mask - 18) << 2) - y[0];
        for (var i = 1; i < 5; i++)
        {
            difference[i] = x[i] + (Mask << 2) - y[i];
        }

        Carry(difference);
    }

    private static void Scale(Span<ulong> product, ReadOnlySpan<ulong> x, ulong factor)
    {
        UInt128 carry = 0;
        for (var i = 0; i < 5; i++)
        {
            var t = ((UInt128)x[i] * factor) + carry;
            product[i] = (ulong)t & Mask;
            carry = t >> 51;
        }

        product[0] += 19 * (ulong)carry;
        Carry(product);
    }

    private static void Multiply(Span<ulong> product, ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y)
    {
        var (x0, x1, x2, x3, x4) = (x[0], x[1], x[2], x[3], x[4]);
        var (y0, y1, y2, y3, y4) = (y[0], y[1], y[2], y[3], y[4]);
        var (z1, z2, z3, z4) = (19 * y1, 19 * y2, 19 * y3, 19 * y4);
        var t0 = Product(x0, y0) + Product(x1, z4) + Product(x2, z3) + Product(x3, z2) + Product(x4, z1);
        var t1 = Product(x0, y1) + Product(x1, y0) + Product(x2, z4) + Product(x3, z3) + Product(x4, z2);
        var t2 = Product(x0, y2) + Product(x1, y1) + Product(x2, y0) + Product(x3, z4) + Product(x4, z3);
        var t3 = Product(x0, y3) + Product(x1, y2) + Product(x2, y1) + Product(x3, y0) + Product(x4, z4);
        var t4 = Product(x0, y4) + Product(x1, y3) + Product(x2, y2) + Product(x3, y1) + Product(x4, y0);
        t1 += t0 >> 51;
        t2 += t1 >> 51;
        t3 += t2 >> 51;
        t4 += t3 >> 51;
        product[0] = ((ulong)t0 & Mask) + (19 * (ulong)(t4 >> 51));
        product[1] = (ulong)t1 & Mask;
        product[2] = (ulong)t2 & Mask;
        product[3] = (ulong)t3 & Mask;
        product[4] = (ulong)t4 & Mask;
        Carry(product);
    }

    private static UInt128 Product(ulong x, ulong y) => (UInt128)x * y;

    // z^(p-2): the exponent is public, so its bits may be looked at. All of them are one but bits 2 and 4 of the lowest.
    private static void Invert(Span<ulong> z, Span<ulong> result)
    {
        result.Clear();
        result[0] = 1;
        for (var bit = 254; bit >= 0; bit--)
        {
            Multiply(result, result, result);
            if (bit is not (2 or 4))
            {
                Multiply(result, result, z);
            }
        }

        result.CopyTo(z);
    }
}
