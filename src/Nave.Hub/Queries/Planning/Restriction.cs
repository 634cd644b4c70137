using Nave.Storage;

namespace Nave.Hub.Queries;

/// <summary>
/// What must hold of a document for a condition to be true, as far as keys and terms can tell: one of the keys, the prefix
/// of the key, and one of the terms. What is not set does not restrict.
/// </summary>
/// <param name="Keys">The values of the key's path; none at all means that no document can match.</param>
/// <param name="Prefix">The prefix of the key.</param>
/// <param name="Terms">The terms, with their ranks.</param>
/// <param name="IsExact">Whether, the other way round, the condition is true of every such document.</param>
internal sealed record Restriction(
    IReadOnlySet<string>? Keys, string Prefix, IReadOnlyDictionary<StateTerm, int>? Terms, bool IsExact)
{
    /// <summary>Gets the restriction that knows nothing.</summary>
    public static Restriction Unknown { get; } = new(null, "", null, false);

    /// <summary>Gets the restriction that every document meets.</summary>
    public static Restriction Always { get; } = Unknown with { IsExact = true };

    /// <summary>Gets the restriction that no document meets.</summary>
    public static Restriction Never { get; } = Always with { Keys = new HashSet<string>() };

    private bool IsNever => Keys is { Count: 0 };

    // How many different things it restricts.
    private bool IsSingle => (Keys is null ? 0 : 1) + (Prefix.Length == 0 ? 0 : 1) + (Terms is null ? 0 : 1) <= 1;

    /// <summary>Restricts by values of the key's path.</summary>
    public static Restriction ByKeys(IEnumerable<string> keys) => Always with { Keys = keys.ToHashSet(StringComparer.Ordinal) };

    /// <summary>Restricts by the prefix of the key.</summary>
    public static Restriction ByPrefix(string prefix) => Always with { Prefix = prefix };

    /// <summary>Restricts by terms of one rank; <paramref name="isExact"/> unless another value may have one of them too.</summary>
    public static Restriction ByTerms(IEnumerable<StateTerm> alternatives, int rank, bool isExact)
    {
        var terms = alternatives.Distinct().ToDictionary(term => term, _ => rank);
        return terms.Count > QueryLimits.MaxPlanTerms ? Unknown : Always with { Terms = terms, IsExact = isExact };
    }

    /// <summary>Combines what two conditions that are both true need.</summary>
    public Restriction And(Restriction other)
    {
        // 1. Keys: those of both. A prefix drops keys at once.
        var keys = Keys is null || other.Keys is null
            ? Keys ?? other.Keys
            : Keys.Intersect(other.Keys, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var longer = Prefix.Length >= other.Prefix.Length ? Prefix : other.Prefix;
        var shorter = Prefix.Length >= other.Prefix.Length ? other.Prefix : Prefix;
        if (!longer.StartsWith(shorter, StringComparison.Ordinal))
        {
            return Never;
        }

        if (keys is not null)
        {
            keys = keys.Where(key => key.StartsWith(longer, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            return keys.Count == 0 ? Never : new Restriction(keys, "", null, IsExact && other.IsExact && Terms is null && other.Terms is null);
        }

        // 2. Terms: a scan takes one list of alternatives, so the better of the two.
        var isBoth = Terms is not null && other.Terms is not null;
        var terms = !isBoth ? Terms ?? other.Terms : IsBetter(Terms!, other.Terms!) ? Terms : other.Terms; // Both are set.
        return new Restriction(null, longer, terms, IsExact && other.IsExact && !isBoth);
    }

    /// <summary>Combines what two conditions need of which one is true.</summary>
    public Restriction Or(Restriction other)
    {
        if (IsNever)
        {
            return other;
        }

        if (other.IsNever)
        {
            return this;
        }

        if (Keys is not null && other.Keys is not null)
        {
            return new Restriction(Keys.Union(other.Keys, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal), "", null, IsExact && other.IsExact);
        }

        // Keys on one side only are worth their common prefix, as there is no way to ask for keys or something else.
        var prefix = Common(Span, other.Span);
        if (Terms is null || other.Terms is null || Keys is not null || other.Keys is not null)
        {
            return new Restriction(null, prefix, null, false);
        }

        var terms = new Dictionary<StateTerm, int>(Terms);
        foreach (var (term, rank) in other.Terms)
        {
            terms.TryAdd(term, rank);
        }

        return terms.Count > QueryLimits.MaxPlanTerms
            ? new Restriction(null, prefix, null, false)
            : new Restriction(null, prefix, terms, IsExact && other.IsExact && IsSingle && other.IsSingle);
    }

    // The longest prefix of every key that this lets through.
    private string Span => Keys is null ? Prefix : Keys.Aggregate(Common);

    private static string Common(string x, string y)
    {
        var length = 0;
        while (length < x.Length && length < y.Length && x[length] == y[length])
        {
            length++;
        }

        return x[..length];
    }

    // The rank says how well a path tells documents apart: two sites leave fewer than one status does.
    private static bool IsBetter(IReadOnlyDictionary<StateTerm, int> x, IReadOnlyDictionary<StateTerm, int> y)
    {
        var (rankOfX, rankOfY) = (x.Values.Max(), y.Values.Max());
        return rankOfX != rankOfY ? rankOfX < rankOfY : x.Count <= y.Count;
    }
}
