using System.Diagnostics.CodeAnalysis;

namespace Nave.Hub.Provisioning;

/// <summary>A TPM's public keys as text.</summary>
internal static class TpmKeys
{
    /// <summary>Reads the base64 of a TPM2B_PUBLIC.</summary>
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? tpm2b)
    {
        tpm2b = null;
        if (string.IsNullOrEmpty(text) || text.Length > TpmPublicKey.MaxBytes * 4)
        {
            return false;
        }

        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length) || !TpmPublicKey.TryParse(bytes.AsSpan(0, length), out _))
        {
            return false;
        }

        tpm2b = bytes[..length];
        return true;
    }

    /// <summary>Says what a key must be.</summary>
    public static string Requirement(string name) =>
        $"{name} must be base64 of a TPM2B_PUBLIC with an RSA key of 2048 to 4096 bits, SHA-256 as name algorithm and AES in CFB mode.";
}
