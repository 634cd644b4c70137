using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>What locks and opens an encrypted file: a passphrase, an X25519 identity, or (to lock only) a recipient. Its text is never shown.</summary>
public sealed class AgeKey
{
    /// <summary>What a secret key file has on a line.</summary>
    internal const string SecretPrefix = "age-secret-key-";

    /// <summary>What a public key begins with.</summary>
    internal const string PublicPrefix = "age";

    // An archive is opened several times in a run, and each derivation of a key takes a second and 128 MiB.
    private readonly ConcurrentDictionary<string, byte[]> _derived = new(StringComparer.Ordinal);

    private AgeKey()
    {
    }

    /// <summary>Derives the key that a passphrase and a salt give.</summary>
    internal byte[] Derive(byte[] salt, int work, Func<byte[], byte[], int, byte[]> derive) =>
        _derived.GetOrAdd($"{work} {Convert.ToHexString(salt)}", _ => derive(Passphrase!, salt, work)); // Called for passphrases only.

    /// <summary>Gets the passphrase as UTF-8, or <see langword="null"/>.</summary>
    internal byte[]? Passphrase { get; private init; }

    /// <summary>Gets the secret key, or <see langword="null"/>.</summary>
    internal byte[]? Secret { get; private init; }

    /// <summary>Gets the public key, or <see langword="null"/> for a passphrase.</summary>
    internal byte[]? Recipient { get; private init; }

    /// <summary>Makes a key of a passphrase.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public static AgeKey OfPassphrase(string passphrase) => passphrase.Length == 0
        ? throw new ArgumentException("The passphrase is empty; at least one character is needed.")
        : new AgeKey { Passphrase = Encoding.UTF8.GetBytes(passphrase) };

    /// <summary>Reads a key file: lines with <c>AGE-SECRET-KEY-1…</c> or <c>age1…</c>, empty lines, and comments that begin with <c>#</c>.</summary>
    /// <exception cref="ArgumentException">It has not exactly one key, or a line that is none.</exception>
    public static AgeKey Parse(string file)
    {
        var lines = file.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToArray();
        if (lines.Length != 1)
        {
            throw new ArgumentException($"The key file has {lines.Length} keys; one is needed: AGE-SECRET-KEY-1… as age-keygen writes it, or age1… to lock only.");
        }

        if (Bech32.TryDecode(lines[0], SecretPrefix, out var secret) && secret.Length == X25519.KeyBytes)
        {
            return new AgeKey { Secret = secret, Recipient = X25519.PublicKeyOf(secret) };
        }

        return Bech32.TryDecode(lines[0], PublicPrefix, out var recipient) && recipient.Length == X25519.KeyBytes
            ? new AgeKey { Recipient = recipient }
            : throw new ArgumentException("The key file has a line that is no key: AGE-SECRET-KEY-1… or age1… is needed.");
    }

    /// <summary>Makes a new identity, as a key file.</summary>
    public static string Generate()
    {
        var secret = RandomNumberGenerator.GetBytes(X25519.KeyBytes);
        return $"# public key: {Bech32.Encode(PublicPrefix, X25519.PublicKeyOf(secret))}\n{Bech32.Encode(SecretPrefix, secret).ToUpperInvariant()}\n";
    }
}
