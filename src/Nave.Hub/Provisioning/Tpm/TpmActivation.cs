using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Provisioning;

/// <summary>
/// Wraps an HMAC key so that one TPM alone can import it, in the layout that Azure's clients take apart ("identity activation"):
/// <code>
/// TPM2B_ID_OBJECT         the inner key, for TPM2_ActivateCredential (endorsement key, name of the storage root key)
/// TPM2B_ENCRYPTED_SECRET  its seed, to the endorsement key, label IDENTITY
/// TPM2B_PRIVATE           the HMAC key, for TPM2_Import: wrapped with the inner key, then to the storage root key
/// TPM2B_ENCRYPTED_SECRET  the outer seed, to the storage root key, label DUPLICATE
/// TPM2B_PUBLIC            the HMAC key's public area
/// TPM2B_MAX_BUFFER        further data; always empty
/// </code>
/// The client activates the credential, imports the key under its storage root key, and signs with it. Source: TPM 2.0 Library part 1,
/// sections 23.3 (duplication), 24 (credential protection), 11.4.10.2 (KDFa).
/// </summary>
internal static class TpmActivation
{
    private const string Storage = "STORAGE";
    private const string Integrity = "INTEGRITY";
    private const int InnerKeyBytes = 16; // AES-128, which clients name when they import.

    /// <summary>Wraps a key.</summary>
    /// <param name="endorsementKey">The TPM's endorsement key.</param>
    /// <param name="storageRootKey">The TPM's storage root key, under which the key will live.</param>
    /// <param name="hmacKey">The key, 16 to 64 bytes.</param>
    public static byte[] Wrap(TpmPublicKey endorsementKey, TpmPublicKey storageRootKey, ReadOnlySpan<byte> hmacKey)
    {
        var innerKey = RandomNumberGenerator.GetBytes(InnerKeyBytes);
        var (idObject, idSeed) = MakeCredential(endorsementKey, storageRootKey, innerKey);
        var (publicArea, sensitive) = MakeKey(hmacKey);
        var (duplicate, seed) = Duplicate(storageRootKey, NameOf(publicArea), sensitive, innerKey);
        CryptographicOperations.ZeroMemory(innerKey);
        CryptographicOperations.ZeroMemory(sensitive);
        return new TpmWriter().Sized(idObject).Sized(idSeed).Sized(duplicate).Sized(seed).Sized(publicArea).Sized([]).ToArray();
    }

    // Part 1, 24.2 to 24.5: TPM2_MakeCredential.
    private static (byte[] IdObject, byte[] Seed) MakeCredential(TpmPublicKey endorsementKey, TpmPublicKey named, ReadOnlySpan<byte> credential)
    {
        var seed = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        var encrypted = Encrypt(Derive(seed, Storage, named.Name, endorsementKey.SymmetricBits), new TpmWriter().Sized(credential).ToArray());
        var idObject = new TpmWriter().Sized(Mac(seed, encrypted, named.Name)).Raw(encrypted).ToArray();
        return (idObject, endorsementKey.EncryptSeed(seed, "IDENTITY"));
    }

    // A TPMT_PUBLIC and a TPMT_SENSITIVE (part 2, 12.2.4 and 12.3.2.4) of an HMAC key. Its unique field binds the two (part 1, 27.5.3).
    private static (byte[] PublicArea, byte[] Sensitive) MakeKey(ReadOnlySpan<byte> hmacKey)
    {
        var obfuscation = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        var unique = SHA256.HashData([.. obfuscation, .. hmacKey]);
        var publicArea = new TpmWriter()
            .UInt16(TpmConstants.KeyedHash)
            .UInt16(TpmConstants.Sha256)
            .UInt32(TpmConstants.UserWithAuth | TpmConstants.NoDictionaryAttack | TpmConstants.Sign)
            .Sized([]) // No policy.
            .UInt16(TpmConstants.Hmac)
            .UInt16(TpmConstants.Sha256)
            .Sized(unique)
            .ToArray();
        var sensitive = new TpmWriter().UInt16(TpmConstants.KeyedHash).Sized([]).Sized(obfuscation).Sized(hmacKey).ToArray();
        return (publicArea, sensitive);
    }

    // Part 1, 23.3.2: the inner wrapper, and around it the outer one.
    private static (byte[] Private, byte[] Seed) Duplicate(TpmPublicKey parent, byte[] name, ReadOnlySpan<byte> sensitive, ReadOnlySpan<byte> innerKey)
    {
        var sized = new TpmWriter().Sized(sensitive).ToArray();
        var integrity = SHA256.HashData([.. sized, .. name]);
        var inner = Encrypt(innerKey, new TpmWriter().Sized(integrity).Raw(sized).ToArray());

        var seed = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        var outer = Encrypt(Derive(seed, Storage, name, parent.SymmetricBits), inner);
        return (new TpmWriter().Sized(Mac(seed, outer, name)).Raw(outer).ToArray(), parent.EncryptSeed(seed, "DUPLICATE"));
    }

    private static byte[] NameOf(ReadOnlySpan<byte> publicArea) =>
        new TpmWriter().UInt16(TpmConstants.Sha256).Raw(SHA256.HashData(publicArea)).ToArray();

    private static byte[] Mac(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> name) =>
        HMACSHA256.HashData(Derive(seed, Integrity, [], SHA256.HashSizeInBytes * 8), (byte[])[.. encrypted, .. name]);

    /// <summary>KDFa with SHA-256: part 1, 11.4.10.2.</summary>
    private static byte[] Derive(ReadOnlySpan<byte> key, string label, ReadOnlySpan<byte> context, int bits)
    {
        var derived = new byte[bits / 8];
        var input = new byte[sizeof(uint) + label.Length + 1 + context.Length + sizeof(uint)];
        Encoding.ASCII.GetBytes(label, input.AsSpan(sizeof(uint)));
        context.CopyTo(input.AsSpan(sizeof(uint) + label.Length + 1));
        BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(^sizeof(uint)), (uint)bits);
        for (var (counter, offset) = (1u, 0); offset < derived.Length; counter++, offset += HMACSHA256.HashSizeInBytes)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input, counter);
            var block = HMACSHA256.HashData(key, input);
            block.AsSpan(0, Math.Min(block.Length, derived.Length - offset)).CopyTo(derived.AsSpan(offset));
        }

        return derived;
    }

    // AES in CFB mode with a zero vector. The framework wants whole blocks, and a stream cipher's output may be cut.
    private static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain)
    {
        using var aes = System.Security.Cryptography.Aes.Create();
        aes.SetKey(key);
        return aes.EncryptCfb(plain, stackalloc byte[16], PaddingMode.Zeros, feedbackSizeInBits: 128)[..plain.Length];
    }
}
