using System.Globalization;
using System.Text;

namespace Nave.Storage.Sqlite;

/// <summary>
/// The statements of scans, by the number of terms. Parameters: 1 collection, 2 first key, 3 key after the last, 4 most
/// rows, then name and value of each term. All walk an index in key order: no statement sorts. Where documents are joined,
/// CROSS JOIN makes the keys the outer loop, whose order stays; an ORDER BY around it would sort the bodies.
/// </summary>
internal static class SqliteScanQuery
{
    public const int FirstTermParameter = 5;

    /// <summary>Yields key, version, body.</summary>
    public static string Documents(int terms) => terms == 0
        ? "SELECT key, version, body FROM documents WHERE collection=?1 AND key>=?2 AND key<?3 ORDER BY key LIMIT ?4"
        : $"SELECT d.key, d.version, d.body FROM ({Keys(terms)}) k CROSS JOIN documents d ON d.id=k.document";

    /// <summary>Yields the number of documents.</summary>
    public static string Count(int terms) => terms == 0
        ? "SELECT count(*) FROM (SELECT 1 FROM documents WHERE collection=?1 AND key>=?2 AND key<?3 LIMIT ?4)"
        : $"SELECT count(*) FROM ({Keys(terms)})";

    // UNION of ordered parts is merged, and drops what is found by two terms.
    private static string Keys(int terms)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < terms; i++)
        {
            var name = FirstTermParameter + (2 * i);
            sql.Append(i == 0 ? "" : " UNION ").Append(
                CultureInfo.InvariantCulture,
                $"SELECT key, document FROM terms WHERE collection=?1 AND name=?{name} AND value=?{name + 1} AND key>=?2 AND key<?3");
        }

        return sql.Append(" ORDER BY key LIMIT ?4").ToString();
    }
}
