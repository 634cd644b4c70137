namespace Nave.Hub.Queries;

/// <summary>Gives every distinct path of a compilation its slot.</summary>
internal sealed class PathTable
{
    private readonly Dictionary<QueryPath, int> _slots = [];
    private readonly List<QueryPath> _paths = [];

    /// <summary>Gets the paths by slot.</summary>
    public IReadOnlyList<QueryPath> Paths => _paths;

    /// <summary>Gets the slot of a path, a new one if it has none.</summary>
    public int GetSlot(QueryPath path)
    {
        if (!_slots.TryGetValue(path, out var slot))
        {
            slot = _paths.Count;
            _slots.Add(path, slot);
            _paths.Add(path);
        }

        return slot;
    }
}
