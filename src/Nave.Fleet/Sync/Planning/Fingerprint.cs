using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Sync.Planning;

/// <summary>Makes fingerprints of fields: equal for equal values, and nothing can be read from them without the store's salt.</summary>
/// <param name="salt">The store's.</param>
internal sealed class Fingerprint(ReadOnlyMemory<byte> salt)
{
    // 64 bits: two values of one field that differ look the same once in 10^19.
    private const int Bytes = 8;

    /// <summary>Makes the fingerprint of a field's value.</summary>
    public string Of(string name, string value)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt.Span, Encoding.UTF8.GetBytes($"{name}\0{value}"), hash);
        return Convert.ToHexStringLower(hash[..Bytes]);
    }

    /// <summary>Makes the fingerprints of fields.</summary>
    public Dictionary<string, string> Of(IEnumerable<KeyValuePair<string, string>> fields) =>
        fields.ToDictionary(field => field.Key, field => Of(field.Key, field.Value), StringComparer.Ordinal);
}
