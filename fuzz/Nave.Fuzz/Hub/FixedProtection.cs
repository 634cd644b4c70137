using System.Security.Cryptography;
using System.Text;
using Nave.Hub.Security;

namespace Nave.Fuzz.Hub;

/// <summary>Secrets for seeds that are the same in every run: <see cref="KeyProtector"/>'s form with a nonce of zeros.</summary>
internal static class FixedProtection
{
    private static readonly byte[] s_key = new byte[KeyProtector.KeyBytes];

    public static KeyProtector Protector { get; } = new(s_key);

    /// <summary>Protects a pair of keys of 16 bytes.</summary>
    public static string Pair(string owner) => Secret([16, .. "0123456789abcdef"u8, .. "fedcba9876543210"u8], owner);

    /// <summary>Protects a secret.</summary>
    public static string Secret(ReadOnlySpan<byte> secret, string owner)
    {
        var value = new byte[1 + 12 + secret.Length + 16];
        value[0] = 1;
        using var cipher = new AesGcm(s_key, 16);
        cipher.Encrypt(value.AsSpan(1, 12), secret, value.AsSpan(13, secret.Length), value.AsSpan(13 + secret.Length), [1, 0, 0, 0, .. Encoding.UTF8.GetBytes(owner)]);
        return Convert.ToBase64String(value);
    }
}
