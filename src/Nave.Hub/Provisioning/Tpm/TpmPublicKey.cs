using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Provisioning;

/// <summary>
/// The public area of an RSA storage key of a TPM (endorsement key or storage root key), read from a TPM2B_PUBLIC: what seeds are encrypted
/// with, and its name. Source: TPM 2.0 Library part 2, sections 11.2.4 (TPMS_RSA_PARMS), 12.2.4 (TPMT_PUBLIC), 12.2.5 (TPM2B_PUBLIC).
/// </summary>
internal sealed class TpmPublicKey
{
    /// <summary>The longest TPM2B_PUBLIC that is looked at; one with an RSA key of 4096 bits has about 570 bytes.</summary>
    public const int MaxBytes = 1024;

    // The usual exponent, which a TPM writes as zero.
    private const uint DefaultExponent = 65537;

    private readonly BigInteger _modulus;
    private readonly BigInteger _exponent;
    private readonly int _modulusBytes;

    private TpmPublicKey(byte[] name, ReadOnlySpan<byte> modulus, uint exponent, int symmetricBits)
    {
        Name = name;
        SymmetricBits = symmetricBits;
        _modulus = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        _exponent = exponent;
        _modulusBytes = modulus.Length;
    }

    /// <summary>Gets the name: the algorithm and the digest of the public area (part 1, section 16).</summary>
    public byte[] Name { get; }

    /// <summary>Gets how long the AES keys are that protect what is stored under the key: 128, 192 or 256 bits.</summary>
    public int SymmetricBits { get; }

    /// <summary>Reads a key.</summary>
    /// <param name="tpm2b">A TPM2B_PUBLIC, nothing after it.</param>
    /// <param name="key">The key.</param>
    /// <returns><see langword="false"/> unless it is an RSA key of 2048 to 4096 bits with SHA-256 as name algorithm and AES in CFB mode.</returns>
    public static bool TryParse(ReadOnlySpan<byte> tpm2b, [NotNullWhen(true)] out TpmPublicKey? key)
    {
        key = null;
        if (tpm2b.Length is < 2 or > MaxBytes || BinaryPrimitives.ReadUInt16BigEndian(tpm2b) != tpm2b.Length - 2)
        {
            return false;
        }

        var area = tpm2b[2..];
        var reader = new TpmReader(area);
        if (reader.ReadUInt16() != TpmConstants.Rsa || reader.ReadUInt16() != TpmConstants.Sha256)
        {
            return false;
        }

        reader.ReadUInt32(); // Attributes: whoever enrolled the key vouches for it.
        reader.ReadSized(); // Its policy.
        if (reader.ReadUInt16() != TpmConstants.Aes)
        {
            return false;
        }

        var bits = reader.ReadUInt16();
        if (bits is not (128 or 192 or 256) || reader.ReadUInt16() != TpmConstants.Cfb || reader.ReadUInt16() != TpmConstants.Null)
        {
            return false;
        }

        var keyBits = reader.ReadUInt16();
        var exponent = reader.ReadUInt32();
        var modulus = reader.ReadSized();
        if (!reader.IsAtEnd || keyBits is < 2048 or > 4096 || modulus.Length != keyBits / 8 || modulus[0] < 0x80)
        {
            return false;
        }

        var name = new byte[2 + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt16BigEndian(name, TpmConstants.Sha256);
        SHA256.HashData(area, name.AsSpan(2));
        key = new TpmPublicKey(name, modulus, exponent == 0 ? DefaultExponent : exponent, bits);
        return true;
    }

    /// <summary>
    /// Encrypts a seed with RSA-OAEP, SHA-256 and a label (part 1, section B.4); the framework's own OAEP has no label.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="label">Such as <c>IDENTITY</c>; the zero that ends it is added here.</param>
    public byte[] EncryptSeed(ReadOnlySpan<byte> seed, string label)
    {
        const int Hash = SHA256.HashSizeInBytes;
        var encoded = new byte[_modulusBytes];
        var mask = encoded.AsSpan(1, Hash);
        var block = encoded.AsSpan(1 + Hash);
        SHA256.HashData(Encoding.ASCII.GetBytes(label + "\0"), block);
        block[^(seed.Length + 1)] = 1;
        seed.CopyTo(block[^seed.Length..]);
        RandomNumberGenerator.Fill(mask);
        XorWithMask(mask, block);
        XorWithMask(block, mask);

        var number = new BigInteger(encoded, isUnsigned: true, isBigEndian: true);
        CryptographicOperations.ZeroMemory(encoded);
        var result = BigInteger.ModPow(number, _exponent, _modulus).ToByteArray(isUnsigned: true, isBigEndian: true);
        result.CopyTo(encoded.AsSpan(encoded.Length - result.Length));
        return encoded;
    }

    // MGF1 with SHA-256 (RFC 8017, B.2.1).
    private static void XorWithMask(ReadOnlySpan<byte> seed, Span<byte> target)
    {
        Span<byte> input = stackalloc byte[seed.Length + sizeof(uint)];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        seed.CopyTo(input);
        for (var (counter, offset) = (0u, 0); offset < target.Length; counter++, offset += digest.Length)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[seed.Length..], counter);
            SHA256.HashData(input, digest);
            var count = Math.Min(digest.Length, target.Length - offset);
            for (var i = 0; i < count; i++)
            {
                target[offset + i] ^= digest[i];
            }
        }
    }
}
