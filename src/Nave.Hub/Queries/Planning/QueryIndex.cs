using System.Text;
using System.Text.Json;
using Nave.Storage;

namespace Nave.Hub.Queries;

/// <summary>By which values the documents of a collection can be found: what writers give as terms and planners look for.</summary>
/// <remarks>
/// A term covers a path of names (<c>status</c>, <c>capabilities.iotEdge</c>), or everything below one (<c>tags.**</c>).
/// A value inside an array, and one below a name with a dot, has no term and is found by reading.
/// </remarks>
internal sealed class QueryIndex
{
    private const string Below = ".**";
    private const char Separator = '.';
    private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ancestors = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, int Rank)> _trees = [];

    /// <summary>Describes an index.</summary>
    /// <param name="keyPath">The path whose value begins the key of a document, such as <c>deviceId</c>.</param>
    /// <param name="keySuffix">What follows that value in the key: empty if the value is the whole key, <c>/</c> before a module.</param>
    /// <param name="terms">The paths with terms, those that tell documents apart best first.</param>
    public QueryIndex(string keyPath, string keySuffix, params IReadOnlyList<string> terms)
    {
        KeyPath = keyPath;
        KeySuffix = keySuffix;
        for (var rank = 0; rank < terms.Count; rank++)
        {
            var term = terms[rank];
            if (term.EndsWith(Below, StringComparison.Ordinal))
            {
                var prefix = term[..^(Below.Length - 1)];
                _trees.Add((prefix, rank));
                AddAncestors(prefix);
            }
            else
            {
                _ranks.Add(term, rank);
                AddAncestors(term);
            }
        }
    }

    /// <summary>Gets the path whose value begins the key.</summary>
    public string KeyPath { get; }

    /// <summary>Gets what follows that value in the key.</summary>
    public string KeySuffix { get; }

    /// <summary>
    /// Gets the term of a document that has more values below the <c>.**</c> paths than its writer indexes: such a document
    /// has this term instead of theirs, and every scan by one of theirs asks for it too. <see langword="null"/> = there is none.
    /// </summary>
    public StateTerm? Overflow { get; init; }

    /// <summary>Gets prefixes of terms that <see cref="Overflow"/> never stands for, such as <c>configurations.</c>: all are indexed.</summary>
    public IReadOnlyList<string> Complete { get; init; } = [];

    /// <summary>Says whether a term is of a <c>.**</c> path, so that <see cref="Overflow"/> may stand for it.</summary>
    public bool MayOverflow(string term) =>
        Overflow is not null && !_ranks.ContainsKey(term) && !Complete.Any(prefix => term.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Gets the name of the term of a path, and its rank, 0 the best; <see langword="null"/> if it has none.</summary>
    public string? FindTerm(QueryPath path, out int rank)
    {
        rank = int.MaxValue;
        return NameOf(path) is { } name && TryGetRank(name, out rank) ? name : null;
    }

    /// <summary>Gets the name of a path in an index; <see langword="null"/> if it leads through an array or a name with a dot.</summary>
    public static string? NameOf(QueryPath path) =>
        path.Segments.All(segment => segment.Name is { } name && !name.Contains(Separator, StringComparison.Ordinal))
            ? string.Join(Separator, path.Segments.Select(segment => segment.Name))
            : null;

    /// <summary>Gets the terms of a document: what to give to <see cref="StateTransaction.Put"/>.</summary>
    /// <exception cref="JsonException">The document is not valid JSON.</exception>
    public IReadOnlyList<StateTerm> TermsOf(ReadOnlyMemory<byte> document)
    {
        var terms = new List<StateTerm>();
        var reader = new Utf8JsonReader(document.Span);
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            AddTerms(ref reader, "", terms);
        }

        return terms;
    }

    private void AddTerms(ref Utf8JsonReader reader, string prefix, List<StateTerm> terms)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = prefix + Encoding.UTF8.GetString(JsonText.Read(ref reader).Span);
            reader.Read();
            if (name.IndexOf(Separator, prefix.Length) >= 0)
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.StartObject && LeadsToTerms(name))
            {
                AddTerms(ref reader, name + Separator, terms);
            }
            else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                reader.Skip();
            }
            else if (TryGetRank(name, out _) && TermValue.Of(JsonText.ReadScalar(ref reader)) is { } value)
            {
                terms.Add(new StateTerm(name, value));
            }
        }
    }

    private bool TryGetRank(string name, out int rank)
    {
        if (_ranks.TryGetValue(name, out rank))
        {
            return true;
        }

        foreach (var tree in _trees)
        {
            if (name.StartsWith(tree.Prefix, StringComparison.Ordinal))
            {
                rank = tree.Rank;
                return true;
            }
        }

        return false;
    }

    private bool LeadsToTerms(string name) =>
        _ancestors.Contains(name) || _trees.Exists(tree => name.StartsWith(tree.Prefix, StringComparison.Ordinal));

    private void AddAncestors(string path)
    {
        for (var dot = path.IndexOf(Separator, StringComparison.Ordinal); dot >= 0; dot = path.IndexOf(Separator, dot + 1))
        {
            _ancestors.Add(path[..dot]);
        }
    }
}
