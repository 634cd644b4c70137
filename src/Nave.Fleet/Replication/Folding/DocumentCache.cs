using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Folding;

/// <summary>
/// The documents that were written last, so that they are not loaded for each change. What is in here may be old: a write that expects an old token
/// fails, and then the document is loaded. Not thread-safe.
/// </summary>
/// <param name="maxBytes">How much it holds, about.</param>
internal sealed class DocumentCache(long maxBytes)
{
    // What a document costs beside its sections: objects, id, node and table entry.
    private const int EntryBytes = 600;

    private readonly Dictionary<string, LinkedListNode<StoredDocument>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<StoredDocument> _byUse = new();
    private long _bytes;

    public StoredDocument? Get(string id)
    {
        if (!_entries.TryGetValue(id, out var node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    public void Set(StoredDocument stored)
    {
        Remove(stored.Document.Id);
        _entries[stored.Document.Id] = _byUse.AddFirst(stored);
        _bytes += SizeOf(stored);
        while (_bytes > maxBytes && _byUse.Last is { } last)
        {
            Remove(last.Value.Document.Id);
        }
    }

    public void Remove(string id)
    {
        if (_entries.Remove(id, out var node))
        {
            _byUse.Remove(node);
            _bytes -= SizeOf(node.Value);
        }
    }

    private static long SizeOf(StoredDocument stored) =>
        EntryBytes + stored.Document.Tags.Utf8.Length + stored.Document.Desired.Utf8.Length + stored.Document.Reported.Utf8.Length;
}
