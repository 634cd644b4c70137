using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Nave.Testing;

/// <summary>A restricted RSA-2048 storage key of a TPM: its public area and name, and what only it can decrypt.</summary>
internal sealed class TpmKey
{
    private const int ModulusBytes = 256;

    private readonly RSAParameters _key;

    /// <summary>Makes a key.</summary>
    /// <param name="attributes">TPMA_OBJECT.</param>
    /// <param name="policy">The policy's digest, or nothing.</param>
    public TpmKey(uint attributes, ReadOnlySpan<byte> policy)
    {
        using var rsa = RSA.Create(8 * ModulusBytes);
        _key = rsa.ExportParameters(includePrivateParameters: true);

        // TPMT_PUBLIC: RSA, SHA-256, attributes, policy, AES-128-CFB, no scheme, 2048 bits, default exponent, modulus.
        var area = new TpmWriter();
        area.U16(0x0001).U16(0x000B).U32(attributes).Sized(policy);
        area.U16(0x0006).U16(128).U16(0x0043).U16(0x0010).U16(8 * ModulusBytes).U32(0).Sized(_key.Modulus);
        Public = new TpmWriter().Sized(area.Written).Written.ToArray();
        Name = [0x00, 0x0B, .. SHA256.HashData(area.Written)];
    }

    /// <summary>Gets the TPM2B_PUBLIC.</summary>
    public byte[] Public { get; }

    /// <summary>Gets the name: the algorithm and the hash of the public area.</summary>
    public byte[] Name { get; }

    /// <summary>Decrypts a seed: RSA-OAEP with SHA-256 and a label that ends with a zero (TPM 2.0 part 1, B.4; RFC 8017, 7.1.2).</summary>
    /// <exception cref="CryptographicException">It was not encrypted to this key and label.</exception>
    public byte[] DecryptSeed(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label)
    {
        if (secret.Length != ModulusBytes)
        {
            throw new CryptographicException($"The secret has {secret.Length} bytes; an RSA-2048 key takes {ModulusBytes}.");
        }

        var number = BigInteger.ModPow(
            new BigInteger(secret, isUnsigned: true, isBigEndian: true),
            new BigInteger(_key.D, isUnsigned: true, isBigEndian: true),
            new BigInteger(_key.Modulus, isUnsigned: true, isBigEndian: true));
        var encoded = new byte[ModulusBytes];
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(encoded.AsSpan(ModulusBytes - digits.Length));

        // EM = 00 || seed xor mask || (hash of the label || zeros || 01 || message) xor mask.
        var seed = encoded.AsSpan(1, 32);
        var block = encoded.AsSpan(33);
        Mask(seed, block);
        Mask(block, seed);
        var start = 32 + block[32..].IndexOfAnyExcept((byte)0);
        return encoded[0] == 0 && block[..32].SequenceEqual(SHA256.HashData(label)) && start >= 32 && block[start] == 1
            ? block[(start + 1)..].ToArray()
            : throw new CryptographicException("The secret was not encrypted to this key, or for another purpose.");
    }

    // MGF1 with SHA-256, over the other part.
    private static void Mask(Span<byte> target, ReadOnlySpan<byte> from)
    {
        Span<byte> input = stackalloc byte[from.Length + 4];
        from.CopyTo(input);
        for (var (at, counter) = (0, 0u); at < target.Length; at += 32, counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[from.Length..], counter);
            var mask = SHA256.HashData(input);
            for (var i = 0; i < mask.Length && at + i < target.Length; i++)
            {
                target[at + i] ^= mask[i];
            }
        }
    }
}
