using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>
/// The header of an age file (age-encryption.org/v1): how the file's key is wrapped, and a MAC over that. One stanza is written; of several, the
/// one that a key opens is taken.
/// </summary>
internal static class AgeHeader
{
    /// <summary>The first line.</summary>
    public const string Version = "age-encryption.org/v1";

    /// <summary>The length of a file's key, in bytes.</summary>
    public const int FileKeyBytes = 16;

    // 2^17 · 8 · 128 bytes = 128 MiB, about a second: what OWASP names as the least.
    private const int WorkFactor = 17;

    // 1 GiB; age itself writes 18.
    private const int MaxWorkFactor = 20;

    private const int MaxHeaderBytes = 64 * 1024;
    private const int MaxStanzas = 20;
    private const int SaltBytes = 16;
    private const int TagBytes = 16;
    private const int Columns = 64;
    private const int BlockSize = 8;

    /// <summary>Makes a header that locks a file's key.</summary>
    public static byte[] Write(AgeKey key, ReadOnlySpan<byte> fileKey)
    {
        string arguments;
        byte[] wrap;
        if (key.Passphrase is not null)
        {
            var salt = RandomNumberGenerator.GetBytes(SaltBytes);
            arguments = $"scrypt {Base64(salt)} {WorkFactor.ToString(CultureInfo.InvariantCulture)}";
            wrap = key.Derive(salt, WorkFactor, ScryptKey);
        }
        else
        {
            var ephemeral = RandomNumberGenerator.GetBytes(X25519.KeyBytes);
            var share = X25519.PublicKeyOf(ephemeral);
            arguments = $"X25519 {Base64(share)}";
            wrap = X25519Key(X25519.Multiply(ephemeral, key.Recipient), share, key.Recipient!); // One of both is there.
            CryptographicOperations.ZeroMemory(ephemeral);
        }

        var body = new byte[FileKeyBytes + TagBytes];
        using (var cipher = new ChaCha20Poly1305(wrap))
        {
            cipher.Encrypt(new byte[12], fileKey, body.AsSpan(0, FileKeyBytes), body.AsSpan(FileKeyBytes));
        }

        var header = $"{Version}\n-> {arguments}\n{Base64(body)}\n---";
        return Encoding.ASCII.GetBytes($"{header} {Base64(Mac(fileKey, Encoding.ASCII.GetBytes(header)))}\n");
    }

    /// <summary>Reads a header and opens the file's key.</summary>
    /// <exception cref="AgeException">It is none, or the key does not open it.</exception>
    public static async ValueTask<byte[]> ReadAsync(Stream source, AgeKey key, CancellationToken cancellationToken)
    {
        var reader = new LineReader(source);
        if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) != Version)
        {
            throw new AgeException("The file is no archive that is encrypted as age does it.");
        }

        byte[]? fileKey = null;
        var stanzas = 0;
        while (true)
        {
            var line = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (line.StartsWith("--- ", StringComparison.Ordinal))
            {
                // Whoever gives a passphrase must know that nobody else can open the file.
                if (stanzas > 1 && key.Passphrase is not null)
                {
                    throw Malformed();
                }

                if (fileKey is null)
                {
                    throw new AgeException(key.Passphrase is null ? "The key does not open the archive." : "The passphrase does not open the archive.");
                }

                var mac = Decode(line[4..]);
                if (mac is null || !CryptographicOperations.FixedTimeEquals(mac, Mac(fileKey, reader.Header.AsSpan(0, reader.Header.Length - line.Length - 1 + 3))))
                {
                    throw new AgeException("The archive's header was altered.");
                }

                return fileKey;
            }

            if (!line.StartsWith("-> ", StringComparison.Ordinal) || ++stanzas > MaxStanzas)
            {
                throw Malformed();
            }

            var body = await ReadBodyAsync(reader, cancellationToken).ConfigureAwait(false);
            fileKey ??= Open(key, line[3..].Split(' '), body);
        }
    }

    private static async ValueTask<byte[]> ReadBodyAsync(LineReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (line.Length > Columns)
            {
                throw Malformed();
            }

            text.Append(line);
            if (line.Length < Columns)
            {
                return Decode(text.ToString()) ?? throw Malformed();
            }
        }
    }

    private static byte[]? Open(AgeKey key, string[] arguments, byte[] body)
    {
        byte[] wrap;
        if (key.Passphrase is not null && arguments is ["scrypt", var saltText, var workText])
        {
            if (Decode(saltText) is not { Length: SaltBytes } salt || !int.TryParse(workText, NumberStyles.None, CultureInfo.InvariantCulture, out var work))
            {
                throw Malformed();
            }

            if (work is < 1 or > MaxWorkFactor)
            {
                throw new AgeException($"The archive's work factor is {work}; 1 to {MaxWorkFactor} is permitted.");
            }

            wrap = key.Derive(salt, work, ScryptKey);
        }
        else if (key.Secret is { } secret && arguments is ["X25519", var shareText])
        {
            if (Decode(shareText) is not { Length: X25519.KeyBytes } share)
            {
                throw Malformed();
            }

            var shared = X25519.Multiply(secret, share);
            if (CryptographicOperations.FixedTimeEquals(shared, new byte[X25519.KeyBytes]))
            {
                throw Malformed(); // A point of low order: everybody would know the key.
            }

            wrap = X25519Key(shared, share, key.Recipient!); // A secret key has its public one.
        }
        else
        {
            return null;
        }

        if (body.Length != FileKeyBytes + TagBytes)
        {
            throw Malformed();
        }

        var fileKey = new byte[FileKeyBytes];
        try
        {
            using var cipher = new ChaCha20Poly1305(wrap);
            cipher.Decrypt(new byte[12], body.AsSpan(0, FileKeyBytes), body.AsSpan(FileKeyBytes), fileKey);
            return fileKey;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] ScryptKey(byte[] passphrase, byte[] salt, int work) =>
        Scrypt.Derive(passphrase, [.. "age-encryption.org/v1/scrypt"u8, .. salt], 1 << work, BlockSize, 32);

    private static byte[] X25519Key(byte[] shared, byte[] share, byte[] recipient) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, [.. share, .. recipient], "age-encryption.org/v1/X25519"u8.ToArray());

    private static byte[] Mac(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> header) =>
        HMACSHA256.HashData(HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey.ToArray(), 32, [], "header"u8.ToArray()), header);

    private static string Base64(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    // Without padding, and only in the one form that a writer gives.
    private static byte[]? Decode(string text)
    {
        var bytes = new byte[(text.Length * 3 / 4) + 3];
        return !text.Contains('=', StringComparison.Ordinal)
            && Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var length)
            && Base64(bytes.AsSpan(0, length)) == text
            ? bytes[..length] : null;
    }

    private static AgeException Malformed() => new("The archive's header is damaged.");

    /// <summary>Reads lines byte by byte, for what follows the header is none of its business.</summary>
    private sealed class LineReader(Stream source)
    {
        private readonly List<byte> _header = [];

        public byte[] Header => [.. _header];

        public async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
        {
            var one = new byte[1];
            var start = _header.Count;
            while (true)
            {
                if (_header.Count > MaxHeaderBytes || await source.ReadAsync(one, cancellationToken).ConfigureAwait(false) == 0 || one[0] >= 0x80)
                {
                    throw Malformed();
                }

                _header.Add(one[0]);
                if (one[0] == '\n')
                {
                    return Encoding.ASCII.GetString([.. _header.Skip(start).SkipLast(1)]);
                }
            }
        }
    }
}
