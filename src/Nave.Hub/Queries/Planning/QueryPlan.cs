using System.Globalization;
using Nave.Storage;

namespace Nave.Hub.Queries;

/// <summary>Which documents a query has to read: all that can match, and as few others as the index can tell.</summary>
internal sealed class QueryPlan
{
    private readonly Restriction _restriction;

    private QueryPlan(Restriction restriction, string keySuffix)
    {
        _restriction = restriction;
        Keys = restriction.Keys is null
            ? null
            : [.. restriction.Keys.Select(key => key + keySuffix).Order(StringComparer.Ordinal)];
        AnyOf = restriction.Terms is null ? null : [.. restriction.Terms.Keys];
    }

    /// <summary>
    /// Gets the keys of the only documents that can match, in ascending order (or, if the index has a suffix, the prefixes
    /// of their keys, with it); <see langword="null"/> = they are not known, see <see cref="ToScan"/>.
    /// </summary>
    /// <remarks>Ids are ASCII, so the order of UTF-16 is the store's. Any other key finds nothing.</remarks>
    public IReadOnlyList<string>? Keys { get; }

    /// <summary>Gets the prefix that keys must have.</summary>
    public string Prefix => _restriction.Prefix;

    /// <summary>Gets terms of which a document must have at least one; <see langword="null"/> = no matter.</summary>
    public IReadOnlyList<StateTerm>? AnyOf { get; }

    /// <summary>Gets a value indicating whether no document can match.</summary>
    public bool IsEmpty => Keys is { Count: 0 };

    /// <summary>
    /// Gets a value indicating whether every document that the plan finds matches, so that counting them needs no reading.
    /// </summary>
    public bool IsExact => _restriction.IsExact;

    /// <summary>Plans a condition; <see langword="null"/> = every document.</summary>
    public static QueryPlan For(Expression? where, QueryIndex index) =>
        new(where is null ? Restriction.Always : new QueryPlanner(index).Plan(where), index.KeySuffix);

    /// <summary>Gives the scan that finds the documents when <see cref="Keys"/> are not known.</summary>
    public StateScan ToScan(string collection, string? after) =>
        new(collection) { Prefix = Prefix, After = after, AnyOf = AnyOf };

    /// <summary>Says in words what is read.</summary>
    public override string ToString()
    {
        if (Keys is not null)
        {
            return IsEmpty ? "nothing" : string.Create(CultureInfo.InvariantCulture, $"{Keys.Count} by key");
        }

        var prefix = Prefix.Length == 0 ? "" : $" with prefix '{Prefix}'";
        return AnyOf is null ? $"all{prefix}" : $"by {string.Join(", ", AnyOf.Select(term => term.Name).Distinct())}{prefix}";
    }
}
