using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Security;

/// <summary>
/// Encrypts secrets for the disk with the data folder's key: AES-256-GCM. A protected value is version (1 byte, 1), nonce (12),
/// ciphertext, tag (16). The owner is authenticated with it, so a value that is copied to another owner does not open.
/// The nonce is random: by NIST SP 800-38D good for 2^32 values a key, four thousand times the largest registry. Thread-safe.
/// </summary>
internal sealed class KeyProtector : IDisposable
{
    /// <summary>The length of the data folder's key, in bytes.</summary>
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int Overhead = 1 + NonceBytes + TagBytes;

    private readonly byte[] _key;
    private readonly ConcurrentBag<AesGcm> _ciphers = []; // One works for one caller at a time.

    public KeyProtector(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes, nameof(key));
        _key = key.ToArray();
    }

    /// <summary>Encrypts two keys of one owner into one value.</summary>
    public byte[] ProtectPair(ReadOnlySpan<byte> primary, ReadOnlySpan<byte> secondary, string owner)
    {
        Span<byte> pair = stackalloc byte[2 + byte.MaxValue * 2];
        pair[0] = checked((byte)primary.Length);
        primary.CopyTo(pair[1..]);
        secondary.CopyTo(pair[(1 + primary.Length)..]);
        pair = pair[..(1 + primary.Length + secondary.Length)];
        try
        {
            return Protect(pair, owner);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pair);
        }
    }

    /// <summary>Decrypts what <see cref="ProtectPair"/> made.</summary>
    /// <exception cref="CryptographicException">The value is damaged, belongs to another owner, or was made with another key.</exception>
    public (byte[] Primary, byte[] Secondary) UnprotectPair(ReadOnlySpan<byte> value, string owner)
    {
        var pair = Unprotect(value, owner);
        if (pair.Length == 0 || pair[0] >= pair.Length)
        {
            throw new CryptographicException("A protected pair of keys has an impossible length.");
        }

        return (pair[1..(1 + pair[0])], pair[(1 + pair[0])..]);
    }

    /// <summary>Encrypts a secret.</summary>
    public byte[] Protect(ReadOnlySpan<byte> secret, string owner)
    {
        var value = new byte[Overhead + secret.Length];
        value[0] = Version;
        var nonce = value.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        var cipher = Rent();
        try
        {
            cipher.Encrypt(nonce, secret, value.AsSpan(1 + NonceBytes, secret.Length), value.AsSpan(^TagBytes), OwnerBytes(owner));
        }
        finally
        {
            _ciphers.Add(cipher);
        }

        return value;
    }

    /// <summary>Decrypts a secret.</summary>
    /// <exception cref="CryptographicException">The value is damaged, belongs to another owner, or was made with another key.</exception>
    public byte[] Unprotect(ReadOnlySpan<byte> value, string owner)
    {
        if (value.Length < Overhead || value[0] != Version)
        {
            throw new CryptographicException($"A protected value begins with version {(value.IsEmpty ? -1 : value[0])}; this program reads version {Version}.");
        }

        var secret = new byte[value.Length - Overhead];
        var cipher = Rent();
        try
        {
            cipher.Decrypt(value.Slice(1, NonceBytes), value[(1 + NonceBytes)..^TagBytes], value[^TagBytes..], secret, OwnerBytes(owner));
        }
        finally
        {
            _ciphers.Add(cipher);
        }

        return secret;
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
        {
            cipher.Dispose();
        }

        CryptographicOperations.ZeroMemory(_key);
    }

    private static byte[] OwnerBytes(string owner)
    {
        // The version is bound too: a later format must not pass for this one.
        var bytes = new byte[4 + Encoding.UTF8.GetByteCount(owner)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Version);
        Encoding.UTF8.GetBytes(owner, bytes.AsSpan(4));
        return bytes;
    }

    private AesGcm Rent() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(_key, TagBytes);
}
