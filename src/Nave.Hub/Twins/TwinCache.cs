using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// The twins that were used last, bounded by bytes. Holds only what is committed; every change of an entry happens while
/// its twin's gate is held, so it is never older than the store. Thread-safe.
/// </summary>
internal sealed class TwinCache
{
    private const int ShardCount = 16;

    // Objects, keys and list nodes beside the encoded bytes.
    private const int EntryOverhead = 600;

    private readonly Shard[] _shards;

    /// <summary>Initializes a new instance of the <see cref="TwinCache"/> class.</summary>
    /// <param name="maxBytes">About how much memory it may take.</param>
    public TwinCache(long maxBytes) => _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard(maxBytes / ShardCount))];

    /// <summary>Finds a twin.</summary>
    public CachedTwin? Find(IdentityId id) => ShardOf(id).Find(id);

    /// <summary>Keeps a twin; those used longest ago make room.</summary>
    public void Set(IdentityId id, CachedTwin twin) => ShardOf(id).Set(id, twin);

    /// <summary>Forgets a twin.</summary>
    public void Remove(IdentityId id) => ShardOf(id).Remove(id);

    private Shard ShardOf(IdentityId id) => _shards[id.GetHashCode() & (ShardCount - 1)];

    private sealed class Shard(long maxBytes)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<IdentityId, LinkedListNode<(IdentityId Id, CachedTwin Twin)>> _entries = [];
        private readonly LinkedList<(IdentityId Id, CachedTwin Twin)> _byUse = [];
        private long _bytes;

        public CachedTwin? Find(IdentityId id)
        {
            lock (_lock)
            {
                if (!_entries.TryGetValue(id, out var node))
                {
                    return null;
                }

                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Twin;
            }
        }

        public void Set(IdentityId id, CachedTwin twin)
        {
            lock (_lock)
            {
                if (_entries.TryGetValue(id, out var node))
                {
                    _bytes += twin.Bytes - node.Value.Twin.Bytes;
                    node.Value = (id, twin);
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                }
                else
                {
                    _bytes += twin.Bytes + EntryOverhead;
                    _entries.Add(id, _byUse.AddFirst((id, twin)));
                }

                while (_bytes > maxBytes && _byUse.Last is { } oldest)
                {
                    Remove(oldest);
                }
            }
        }

        public void Remove(IdentityId id)
        {
            lock (_lock)
            {
                if (_entries.TryGetValue(id, out var node))
                {
                    Remove(node);
                }
            }
        }

        private void Remove(LinkedListNode<(IdentityId Id, CachedTwin Twin)> node)
        {
            _byUse.Remove(node);
            _entries.Remove(node.Value.Id);
            _bytes -= node.Value.Twin.Bytes + EntryOverhead;
        }
    }
}
