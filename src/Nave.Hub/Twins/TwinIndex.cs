using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>By which values twins are found: the leaves of their tags, and what their identity is.</summary>
internal static class TwinIndex
{
    /// <summary>A twin with more leaves than this is not found by its tags: it carries <see cref="Overflow"/> instead.</summary>
    public const int MaxTerms = 100;

    /// <summary>A twin with a longer term, name or value, is not found by its tags either.</summary>
    public const int MaxTermLength = 512;

    private const string TagsPrefix = "tags.";

    private static readonly string[] s_terms = ["tags.**", "authenticationType", "capabilities.iotEdge", "status"];
    private static readonly QueryIndex s_devices = new("deviceId", string.Empty, s_terms);
    private static readonly QueryIndex s_modules = new("deviceId", IdentityKey.Separator.ToString(), s_terms);

    /// <summary>
    /// Gets the term of twins whose tags are not indexed. Every scan by tags asks for it too, so that none is missed; the
    /// condition is tested on each anyway.
    /// </summary>
    public static StateTerm Overflow { get; } = new("$overflow", "tags");

    /// <summary>Gets the index of a source of queries.</summary>
    public static QueryIndex Of(QuerySource source) => source == QuerySource.Modules ? s_modules : s_devices;

    /// <summary>Gets the collection of a source of queries.</summary>
    public static string CollectionOf(QuerySource source) => source == QuerySource.Modules ? TwinCollections.Modules : TwinCollections.Devices;

    /// <summary>Gets the terms of a twin.</summary>
    /// <param name="json">Its tags and the members of its identity, as one JSON object.</param>
    public static IReadOnlyList<StateTerm> TermsOf(ReadOnlyMemory<byte> json)
    {
        var terms = s_devices.TermsOf(json);
        if (terms.Count <= MaxTerms && terms.All(term => term.Name.Length <= MaxTermLength && term.Value.Length <= MaxTermLength))
        {
            return terms;
        }

        return [.. terms.Where(term => !IsTag(term)), Overflow];
    }

    /// <summary>Gives the scan of a plan.</summary>
    public static StateScan Scan(QueryPlan plan, string collection, string? after)
    {
        var scan = plan.ToScan(collection, after);
        if (scan.AnyOf is not { } terms)
        {
            return scan;
        }

        // More than the store takes: reading everything finds them as well.
        return terms.Count >= StateLimits.MaxScanTerms ? scan with { AnyOf = null }
            : IsComplete(plan) ? scan
            : scan with { AnyOf = [.. terms, Overflow] };
    }

    /// <summary>Tells whether no twin is missed or found too much because its tags are not indexed.</summary>
    public static bool IsComplete(QueryPlan plan) => plan.AnyOf is null || (plan.AnyOf.Count < StateLimits.MaxScanTerms && !plan.AnyOf.Any(IsTag));

    private static bool IsTag(StateTerm term) => term.Name.StartsWith(TagsPrefix, StringComparison.Ordinal);
}
