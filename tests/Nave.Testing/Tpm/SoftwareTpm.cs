using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nave.Testing;

/// <summary>
/// As much of a TPM 2.0 as device provisioning needs: an endorsement key and a storage root key (RSA-2048, with the templates of Azure's
/// clients), ActivateCredential, Import and HMAC. Written after TPM 2.0 part 1 (sections 11.4.10, 23, 24) and checked against swtpm;
/// it shares no code with what it tests.
/// </summary>
public sealed class SoftwareTpm
{
    private const uint EndorsementAttributes = 0x0003_00B2; // restricted, decrypt, fixedTPM, fixedParent, adminWithPolicy, sensitiveDataOrigin
    private const uint StorageAttributes = 0x0003_0472; // restricted, decrypt, fixedTPM, fixedParent, noDA, userWithAuth, sensitiveDataOrigin
    private const uint ForbiddenToImport = 0x0000_0012; // fixedTPM, fixedParent

    private readonly TpmKey _endorsement = new(
        EndorsementAttributes, Convert.FromHexString("837197674484B3F81A90CC8D46A5D724FD52D76E06520B64F2A1DA1B331469AA"));

    private readonly TpmKey _storage = new(StorageAttributes, []);
    private byte[]? _key;

    /// <summary>Gets the TPM2B_PUBLIC of the endorsement key.</summary>
    public byte[] EndorsementKey => _endorsement.Public;

    /// <summary>Gets the TPM2B_PUBLIC of the storage root key.</summary>
    public byte[] StorageRootKey => _storage.Public;

    /// <summary>Does with an activation blob what Azure's clients have a TPM do: ActivateCredential, Import, Load.</summary>
    /// <exception cref="CryptographicException">The blob is not for this TPM, or damaged.</exception>
    public void Activate(ReadOnlySpan<byte> blob)
    {
        var reader = new TpmReader(blob);
        var credential = reader.Sized();
        var credentialSecret = reader.Sized();
        var duplicate = reader.Sized();
        var duplicateSecret = reader.Sized();
        var publicArea = reader.Sized();
        _ = reader.Sized(); // Encrypted data of old versions; nobody uses it.
        if (!reader.IsAtEnd)
        {
            throw new CryptographicException($"{reader.Rest.Length} bytes follow the blob.");
        }

        var innerKey = ActivateCredential(credential, credentialSecret);
        _key = Import(innerKey, publicArea, duplicate, duplicateSecret);
    }

    /// <summary>Signs with the key that was activated last.</summary>
    /// <exception cref="InvalidOperationException">None was.</exception>
    public byte[] Sign(ReadOnlySpan<byte> data) =>
        HMACSHA256.HashData(_key ?? throw new InvalidOperationException("No key was activated."), data);

    private byte[] ActivateCredential(ReadOnlySpan<byte> credential, ReadOnlySpan<byte> secret)
    {
        var seed = _endorsement.DecryptSeed(secret, "IDENTITY\0"u8);
        var identity = new TpmReader(Unprotect(seed, credential, _storage.Name));
        var key = identity.Sized().ToArray();
        return identity.IsAtEnd ? key : throw new CryptographicException("The credential has another length than it says.");
    }

    private byte[] Import(byte[] innerKey, ReadOnlySpan<byte> publicArea, ReadOnlySpan<byte> duplicate, ReadOnlySpan<byte> secret)
    {
        // 1. What kind of key: KEYEDHASH, SHA-256, HMAC with SHA-256, for signing, free to be imported.
        var area = new TpmReader(publicArea);
        var (type, nameAlgorithm, attributes) = (area.U16(), area.U16(), area.U32());
        var policy = area.Sized();
        var (scheme, hash) = (area.U16(), area.U16());
        var unique = area.Sized();
        if (type != 0x0008 || nameAlgorithm != 0x000B || scheme != 0x0005 || hash != 0x000B || !policy.IsEmpty || !area.IsAtEnd)
        {
            throw new CryptographicException("The public area is not that of an HMAC key with SHA-256.");
        }

        if ((attributes & ForbiddenToImport) != 0 || (attributes & 0x0004_0040) != 0x0004_0040)
        {
            throw new CryptographicException($"The attributes {attributes:X8} do not permit to import the key and to sign with it.");
        }

        byte[] name = [0x00, 0x0B, .. SHA256.HashData(publicArea)];

        // 2. The outer wrapper, by the storage root key; then the inner, by the credential.
        var seed = _storage.DecryptSeed(secret, "DUPLICATE\0"u8);
        var inner = new TpmReader(DecryptCfb(innerKey, Unprotect(seed, duplicate, name)));
        var integrity = inner.Sized();
        if (!integrity.SequenceEqual(SHA256.HashData([.. inner.Rest, .. name])))
        {
            throw new CryptographicException("The inner wrapper is damaged, or made with another key.");
        }

        // 3. TPMT_SENSITIVE; Load checks that it belongs to the public area.
        var sensitive = new TpmReader(inner.Sized());
        var sensitiveType = sensitive.U16();
        _ = sensitive.Sized();
        var obfuscation = sensitive.Sized();
        var key = sensitive.Sized();
        return inner.IsAtEnd && sensitive.IsAtEnd && sensitiveType == type && unique.SequenceEqual(SHA256.HashData([.. obfuscation, .. key]))
            ? key.ToArray()
            : throw new CryptographicException("The sensitive area does not belong to the public area.");
    }

    // Checks the HMAC in front of what is encrypted, and decrypts it.
    private static byte[] Unprotect(byte[] seed, ReadOnlySpan<byte> blob, byte[] name)
    {
        var reader = new TpmReader(blob);
        var integrity = reader.Sized();
        var expected = HMACSHA256.HashData(DeriveKey(seed, "INTEGRITY", [], 256), (byte[])[.. reader.Rest, .. name]);
        return integrity.SequenceEqual(expected)
            ? DecryptCfb(DeriveKey(seed, "STORAGE", name, 128), reader.Rest)
            : throw new CryptographicException("The blob is damaged, or for another key.");
    }

    // KDFa with SHA-256: one round is enough for 256 bits.
    private static byte[] DeriveKey(byte[] seed, string label, byte[] context, uint bits)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, bits);
        return HMACSHA256.HashData(seed, (byte[])[0, 0, 0, 1, .. System.Text.Encoding.ASCII.GetBytes(label), 0, .. context, .. number])[..(int)(bits / 8)];
    }

    // CFB with full feedback, by hand: the framework's wants whole blocks.
    private static byte[] DecryptCfb(byte[] key, ReadOnlySpan<byte> data)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var plain = data.ToArray();
        var feedback = new byte[16];
        for (var at = 0; at < plain.Length; at += feedback.Length)
        {
            var stream = aes.EncryptEcb(feedback, PaddingMode.None);
            for (var i = 0; i < stream.Length && at + i < plain.Length; i++)
            {
                plain[at + i] ^= stream[i];
                feedback[i] = data[at + i];
            }
        }

        return plain;
    }
}
