using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>By which values twins are found: the leaves of their tags, and what their identity is.</summary>
internal static class TwinIndex
{
    /// <summary>A twin with more leaves than this is not found by its tags: it carries one term instead of theirs.</summary>
    public const int MaxTerms = 100;

    /// <summary>A twin with a longer term, name or value, is not found by its tags either.</summary>
    public const int MaxTermLength = 512;

    private static readonly string[] s_terms = ["tags.**", "authenticationType", "capabilities.iotEdge", "status"];

    // What a twin carries whose tags are not indexed; the planner asks for it beside every tag.
    private static readonly StateTerm s_overflow = new("$overflow", "tags");

    private static readonly QueryIndex s_devices = new("deviceId", string.Empty, s_terms) { Overflow = s_overflow };
    private static readonly QueryIndex s_modules = new("deviceId", IdentityKey.Separator.ToString(), s_terms) { Overflow = s_overflow };

    /// <summary>Gets the index of a source of queries.</summary>
    public static QueryIndex Of(QuerySource source) => source == QuerySource.Modules ? s_modules : s_devices;

    /// <summary>Gets the collection of a source of queries.</summary>
    public static string CollectionOf(QuerySource source) => source == QuerySource.Modules ? TwinCollections.Modules : TwinCollections.Devices;

    /// <summary>Gets the terms of a twin.</summary>
    /// <param name="json">Its tags and the members of its identity, as one JSON object.</param>
    public static IReadOnlyList<StateTerm> TermsOf(ReadOnlyMemory<byte> json)
    {
        var terms = s_devices.TermsOf(json);
        return terms.Count <= MaxTerms && terms.All(term => term.Name.Length <= MaxTermLength && term.Value.Length <= MaxTermLength)
            ? terms
            : [.. terms.Where(term => !s_devices.MayOverflow(term.Name)), s_overflow];
    }
}
