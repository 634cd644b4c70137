using System.Security.Cryptography;
using System.Text;

namespace Nave.Storage.Postgres;

/// <summary>
/// What the index has of a term: SHA-256 of the collection, a byte 0xFF (no UTF-8 has it) and the term as in a <see cref="TermList"/>.
/// An entry of a PostgreSQL index must be under 2,704 bytes, and a term alone may have 32 KiB.
/// </summary>
internal static class PostgresTerm
{
    public static byte[] Hash(string collection, ReadOnlySpan<byte> item)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(collection));
        hash.AppendData([0xFF]);
        hash.AppendData(item);
        return hash.GetHashAndReset();
    }

    public static byte[] Hash(string collection, in StateTerm term) => Hash(collection, TermList.Encode([term]));
}
