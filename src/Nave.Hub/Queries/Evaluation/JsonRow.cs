using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>
/// A row that is a JSON document in UTF-8. Loading one reads it once, keeps the values at the wanted paths and stops when
/// it has them all. Where a property stands twice, the first counts.
/// </summary>
/// <remarks>For one thread; loading the next document overwrites the values of the one before.</remarks>
internal sealed class JsonRow : IQueryRow
{
    private readonly PathNode _root;
    private readonly QueryValue[] _values;
    private readonly IQueryOverlay? _overlay;
    private readonly (QueryPath Path, int Slot)[] _covered;
    private ReadOnlyMemory<byte> _json;
    private int _missing;

    /// <summary>Prepares for documents of which these paths are wanted; the place of each is its slot.</summary>
    public JsonRow(IReadOnlyList<QueryPath> paths, IQueryOverlay? overlay = null)
    {
        var slots = paths.Select((path, slot) => (Path: path, Slot: slot)).ToArray();
        _overlay = overlay;
        _covered = overlay is null ? [] : Array.FindAll(slots, entry => overlay.Covers(entry.Path));
        _root = PathNode.Build(slots.Except(_covered));
        _values = new QueryValue[paths.Count];
    }

    /// <summary>Gets the value of a slot in the document that was loaded last.</summary>
    public ref readonly QueryValue this[int slot] => ref _values[slot];

    /// <inheritdoc/>
    public QueryValue Read(QueryPath path, int slot) => _values[slot];

    /// <summary>Loads a document. Its bytes must not change while its values are in use.</summary>
    /// <exception cref="JsonException">The document is not valid JSON, as far as it was read.</exception>
    public void Load(QueryDocument document)
    {
        Load(document.Json);
        foreach (var (path, slot) in _covered)
        {
            // The constructor covers nothing without an overlay.
            _values[slot] = _overlay!.Read(document.Key, path);
        }
    }

    private void Load(ReadOnlyMemory<byte> json)
    {
        Array.Clear(_values);
        _json = json;
        _missing = _values.Length - _covered.Length;
        if (_missing == 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(json.Span);
        if (reader.Read())
        {
            Visit(_root, ref reader);
        }
    }

    // The reader stands on a value that paths lead to; it leaves on the value's last token. False: all are found.
    private bool Visit(PathNode node, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var isComposite = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        var kind = reader.TokenType;
        if (!isComposite)
        {
            return !node.IsWanted || Keep(node.Slot, ScalarOf(ref reader));
        }

        // A value that is wanted whole must be read to its end, even if its parts are found before.
        var more = true;
        if (node.HasSteps)
        {
            more = kind == JsonTokenType.StartObject ? VisitObject(node, ref reader) : VisitArray(node, ref reader);
            if (!more)
            {
                return false;
            }
        }
        else
        {
            reader.Skip();
        }

        if (!node.IsWanted)
        {
            return more;
        }

        var slice = _json[start..(int)reader.BytesConsumed];
        return Keep(node.Slot, kind == JsonTokenType.StartObject ? QueryValue.OfJsonObject(slice) : QueryValue.OfJsonArray(slice));
    }

    private bool VisitObject(PathNode node, ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var step = Find(node.Properties, ref reader);
            reader.Read();
            if (step is null)
            {
                reader.Skip();
            }
            else if (!Visit(step, ref reader))
            {
                return false;
            }
        }

        return _missing > 0;
    }

    private bool VisitArray(PathNode node, ref Utf8JsonReader reader)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var step = Array.Find(node.Elements, element => element.Index == index);
            if (step is null)
            {
                reader.Skip();
            }
            else if (!Visit(step, ref reader))
            {
                return false;
            }
        }

        return _missing > 0;
    }

    private static PathNode? Find(PathNode[] nodes, ref Utf8JsonReader reader)
    {
        if (nodes.Length == 0)
        {
            return null;
        }

        var name = reader.ValueIsEscaped ? JsonText.Read(ref reader).Span : reader.ValueSpan;
        foreach (var node in nodes)
        {
            if (name.SequenceEqual(node.Name))
            {
                return node;
            }
        }

        return null;
    }

    private bool Keep(int slot, QueryValue value)
    {
        if (_values[slot].Kind == QueryValueKind.Undefined)
        {
            _values[slot] = value;
            _missing--;
        }

        return _missing > 0;
    }

    private QueryValue ScalarOf(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return QueryValue.Null;
            case JsonTokenType.True:
                return QueryValue.True;
            case JsonTokenType.False:
                return QueryValue.False;
            case JsonTokenType.Number:
                return QueryValue.OfJsonNumber(_json.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length));
            default:
                break;
        }

        // A string: its first byte follows the quote.
        if (!reader.ValueIsEscaped)
        {
            return QueryValue.OfUtf8String(_json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
        }

        return QueryValue.OfUtf8String(JsonText.Read(ref reader));
    }
}
