using System.Text.Json;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>
/// The terms by which queries find a twin: the leaves of its tags, and what its identity is. Bounded, so that a twin full of
/// tags costs no more than it may.
/// </summary>
internal static class TwinTerms
{
    /// <summary>More leaves of tags than this are not indexed: then none is, and the twin carries <see cref="Overflow"/>.</summary>
    public const int MaxTagTerms = 100;

    /// <summary>A path longer than this is not indexed.</summary>
    public const int MaxPathLength = 256;

    /// <summary>What a twin carries whose tags are not indexed; every scan by a term of tags has to ask for it too.</summary>
    public static StateTerm Overflow { get; } = new("$overflow", "tags");

    // Members of the twin's root that are worth a term. Ids are keys and need none.
    private static readonly string[] s_identityNames = ["status", "authenticationType"];

    /// <summary>Makes the terms of a twin.</summary>
    public static IReadOnlyList<StateTerm> Of(TwinDocument twin)
    {
        var terms = new List<StateTerm>();
        using (var tags = JsonDocument.Parse(twin.Tags))
        {
            if (!TryAdd(terms, "tags", tags.RootElement))
            {
                terms.Clear();
                terms.Add(Overflow);
            }
        }

        AddIdentity(terms, twin.Identity);
        return terms;
    }

    private static void AddIdentity(List<StateTerm> terms, TwinIdentityPart identity)
    {
        using var json = JsonDocument.Parse($"{{{System.Text.Encoding.UTF8.GetString(identity.Json.Span)}}}");
        foreach (var name in s_identityNames)
        {
            if (TermValue.Of(json.RootElement.GetProperty(name)) is { } value)
            {
                terms.Add(new StateTerm(name, value));
            }
        }

        if (TermValue.Of(json.RootElement.GetProperty("capabilities").GetProperty("iotEdge")) is { } iotEdge)
        {
            terms.Add(new StateTerm("capabilities.iotEdge", iotEdge));
        }
    }

    private static bool TryAdd(List<StateTerm> terms, string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                if (!TryAdd(terms, $"{path}.{member.Name}", member.Value))
                {
                    return false;
                }
            }

            return true;
        }

        if (TermValue.Of(value) is { } term)
        {
            if (terms.Count >= MaxTagTerms || path.Length > MaxPathLength)
            {
                return false;
            }

            terms.Add(new StateTerm(path, term));
        }

        return true;
    }
}
