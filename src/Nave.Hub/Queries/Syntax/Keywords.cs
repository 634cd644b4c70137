namespace Nave.Hub.Queries;

/// <summary>Words that are not names where a path begins. After a dot, and in double brackets, every word is a name.</summary>
internal static class Keywords
{
    private static readonly HashSet<string> s_reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT", "FROM", "WHERE", "GROUP", "AND", "OR", "NOT", "IN", "NIN", "TRUE", "FALSE", "NULL", "UNDEFINED",
    };

    // Of other SQLs: naming them says more than "unexpected".
    private static readonly HashSet<string> s_foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        "ORDER", "HAVING", "LIMIT", "OFFSET", "JOIN", "DISTINCT", "LIKE", "BETWEEN", "UNION", "EXISTS", "IS", "CASE",
    };

    /// <summary>Says whether a path cannot begin with <paramref name="word"/>.</summary>
    public static bool IsReserved(string word) => s_reserved.Contains(word);

    /// <summary>Says whether other SQLs have a clause or operator of this name, which this language has not.</summary>
    public static bool IsForeign(string word) => s_foreign.Contains(word);
}
