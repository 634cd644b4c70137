using Nave.Hub.Devices;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>By which values twins are found: the leaves of their tags, what their identity is, and the configurations aimed at them.</summary>
internal static class TwinIndex
{
    /// <summary>A twin with more leaves than this is not found by its tags: it carries one term instead of theirs.</summary>
    public const int MaxTerms = 100;

    /// <summary>A twin with a longer term, name or value, is not found by its tags either.</summary>
    public const int MaxTermLength = 512;

    private const string Configurations = "configurations.";

    private static readonly string[] s_terms = ["tags.**", "configurations.**", "authenticationType", "capabilities.iotEdge", "status"];

    // What a twin carries whose tags are not indexed; the planner asks for it beside every tag.
    private static readonly StateTerm s_overflow = new("$overflow", "tags");

    private static readonly QueryIndex s_devices = new("deviceId", string.Empty, s_terms) { Overflow = s_overflow, Complete = [Configurations] };
    private static readonly QueryIndex s_modules = new("deviceId", IdentityKey.Separator.ToString(), s_terms) { Overflow = s_overflow, Complete = [Configurations] };

    /// <summary>Gets the index of a source of queries.</summary>
    public static QueryIndex Of(QuerySource source) => source == QuerySource.Modules ? s_modules : s_devices;

    /// <summary>Gets the collection of a source of queries.</summary>
    public static string CollectionOf(QuerySource source) => source == QuerySource.Modules ? TwinCollections.Modules : TwinCollections.Devices;

    /// <summary>Gets the term of a twin at which a configuration is aimed, with a status.</summary>
    public static StateTerm OfConfiguration(string id, ConfigurationStatus status) => new($"{Configurations}{id}.status", $"s{status}");

    /// <summary>Gets the terms of a twin.</summary>
    /// <param name="json">Its tags and the members of its identity, as one JSON object.</param>
    public static IReadOnlyList<StateTerm> TermsOf(ReadOnlyMemory<byte> json)
    {
        var terms = s_devices.TermsOf(json);
        return terms.Count(term => s_devices.MayOverflow(term.Name)) <= MaxTerms && terms.All(term => term.Name.Length <= MaxTermLength && term.Value.Length <= MaxTermLength)
            ? terms
            : [.. terms.Where(term => !s_devices.MayOverflow(term.Name)), s_overflow];
    }
}
