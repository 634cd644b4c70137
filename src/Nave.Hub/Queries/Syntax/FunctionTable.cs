namespace Nave.Hub.Queries;

/// <summary>The functions by name, with the number of their arguments.</summary>
internal static class FunctionTable
{
    private static readonly FunctionSignature[] s_signatures =
    [
        new(QueryFunction.IsDefined, "IS_DEFINED", 1, 1),
        new(QueryFunction.IsNull, "IS_NULL", 1, 1),
        new(QueryFunction.IsString, "IS_STRING", 1, 1),
        new(QueryFunction.IsNumber, "IS_NUMBER", 1, 1),
        new(QueryFunction.IsBool, "IS_BOOL", 1, 1),
        new(QueryFunction.IsArray, "IS_ARRAY", 1, 1),
        new(QueryFunction.IsObject, "IS_OBJECT", 1, 1),
        new(QueryFunction.IsPrimitive, "IS_PRIMITIVE", 1, 1),
        new(QueryFunction.AsNumber, "AS_NUMBER", 1, 1),
        new(QueryFunction.Abs, "ABS", 1, 1),
        new(QueryFunction.Exp, "EXP", 1, 1),
        new(QueryFunction.Power, "POWER", 2, 2),
        new(QueryFunction.Square, "SQUARE", 1, 1),
        new(QueryFunction.Ceiling, "CEILING", 1, 1),
        new(QueryFunction.Floor, "FLOOR", 1, 1),
        new(QueryFunction.Sign, "SIGN", 1, 1),
        new(QueryFunction.Sqrt, "SQRT", 1, 1),
        new(QueryFunction.Concat, "CONCAT", 2, int.MaxValue),
        new(QueryFunction.Length, "LENGTH", 1, 1),
        new(QueryFunction.Lower, "LOWER", 1, 1),
        new(QueryFunction.Upper, "UPPER", 1, 1),
        new(QueryFunction.Substring, "SUBSTRING", 2, 3),
        new(QueryFunction.IndexOf, "INDEX_OF", 2, 2),
        new(QueryFunction.StartsWith, "STARTS_WITH", 2, 2),
        new(QueryFunction.EndsWith, "ENDS_WITH", 2, 2),
        new(QueryFunction.Contains, "CONTAINS", 2, 2),
    ];

    // Azure's documents spell these both ways.
    private static readonly (string Name, QueryFunction Function)[] s_otherNames =
    [
        ("STARTSWITH", QueryFunction.StartsWith),
        ("ENDSWITH", QueryFunction.EndsWith),
    ];

    private static readonly Dictionary<string, FunctionSignature> s_byName = BuildNames();

    /// <summary>Gets the signature of a function.</summary>
    public static FunctionSignature Get(QueryFunction function) => s_signatures[(int)function];

    /// <summary>Finds a function by its name in any letter case.</summary>
    public static FunctionSignature? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>Finds the names that are most like <paramref name="name"/>, best first, at most three.</summary>
    public static IReadOnlyList<string> FindNear(string name)
    {
        if (name.Length > 32)
        {
            return [];
        }

        var upper = name.ToUpperInvariant();
        var candidates = s_byName.Keys.Concat(AggregateNames.All);
        return [.. candidates
            .Select(candidate => (candidate, distance: Distance(upper, candidate)))
            .Where(near => near.distance <= Math.Max(2, near.candidate.Length / 3)
                || (upper.Length > 2 && near.candidate.Contains(upper, StringComparison.Ordinal)))
            .OrderBy(near => near.distance)
            .ThenBy(near => near.candidate, StringComparer.Ordinal)
            .Take(3)
            .Select(near => near.candidate)];
    }

    private static Dictionary<string, FunctionSignature> BuildNames()
    {
        var names = s_signatures.ToDictionary(signature => signature.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, function) in s_otherNames)
        {
            names.Add(name, Get(function));
        }

        return names;
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
