using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Sync.EventGrid;

/// <summary>Secrets that callers may show, compared in constant time: how long a comparison takes tells nothing, not even a length.</summary>
internal sealed class SharedSecrets
{
    private readonly byte[][] _hashes;

    /// <summary>Initializes the secrets.</summary>
    /// <param name="secrets">None of them empty.</param>
    public SharedSecrets(IEnumerable<string> secrets) => _hashes = [.. secrets.Select(Hash)];

    /// <summary>Gets a value indicating whether there is none.</summary>
    public bool IsEmpty => _hashes.Length == 0;

    /// <summary>Finds the secret that was shown.</summary>
    /// <returns>Its place in the list; -1 if it is none of them.</returns>
    public int Find(string? shown)
    {
        if (string.IsNullOrEmpty(shown))
        {
            return -1;
        }

        // All are compared, whatever was found.
        var hash = Hash(shown);
        var found = -1;
        for (var i = 0; i < _hashes.Length; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, _hashes[i]))
            {
                found = i;
            }
        }

        return found;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
