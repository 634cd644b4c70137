namespace Nave.Hub.Twins;

/// <summary>One value of a twin section, or of a patch: an object with children, or a leaf with its exact JSON text.</summary>
internal sealed class TwinNode
{
    // An index pays once this many names were looked up among this many children: a small patch of a large section never makes one.
    private const int IndexFrom = 16;

    private List<TwinNode?>? _children;
    private Dictionary<ReadOnlyMemory<byte>, int>? _index;
    private int _lookups;

    /// <summary>Initializes a new instance of the <see cref="TwinNode"/> class: an object.</summary>
    public TwinNode(ReadOnlyMemory<byte> name)
    {
        Name = name;
        _children = [];
    }

    /// <summary>Initializes a new instance of the <see cref="TwinNode"/> class: a leaf.</summary>
    public TwinNode(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> json)
    {
        Name = name;
        Json = json;
    }

    /// <summary>Gets the name, UTF-8, unescaped; empty for the root.</summary>
    public ReadOnlyMemory<byte> Name { get; }

    /// <summary>Gets the text of a leaf: a scalar as it was written, or an array without white space.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Gets a value indicating whether this is an object.</summary>
    public bool IsObject => _children is not null;

    /// <summary>Gets a value indicating whether this is <c>null</c>: in a patch, a deletion.</summary>
    public bool IsNull => _children is null && Json.Span.SequenceEqual("null"u8);

    /// <summary>Gets or sets when it changed, in UTC ticks.</summary>
    public long UpdatedTicks { get; set; }

    /// <summary>Gets or sets the section's version when it changed; 0 = not recorded.</summary>
    public long UpdatedVersion { get; set; }

    /// <summary>Gets or sets which configuration wrote it; <see langword="null"/> = none.</summary>
    public TwinWriter? Writer { get; set; }

    /// <summary>Gets the children in document order; there are gaps where some were removed.</summary>
    public IReadOnlyList<TwinNode?> Children => _children ?? [];

    /// <summary>Finds a child by name.</summary>
    public TwinNode? Find(ReadOnlyMemory<byte> name) => IndexOf(name) is var i and >= 0 ? _children![i] : null;

    /// <summary>Adds a child, or replaces the one of that name.</summary>
    public void Set(TwinNode child)
    {
        var i = IndexOf(child.Name);
        if (i >= 0)
        {
            _children![i] = child;
            return;
        }

        _index?.Add(child.Name, _children!.Count);
        _children!.Add(child);
    }

    /// <summary>Removes a child.</summary>
    /// <returns><see langword="false"/> if there was none of that name.</returns>
    public bool Remove(ReadOnlyMemory<byte> name)
    {
        var i = IndexOf(name);
        if (i < 0)
        {
            return false;
        }

        _children![i] = null;
        _index?.Remove(name);
        return true;
    }

    private int IndexOf(ReadOnlyMemory<byte> name)
    {
        var children = _children!;
        if (children.Count >= IndexFrom && ++_lookups >= IndexFrom)
        {
            if (_index is null)
            {
                _index = new Dictionary<ReadOnlyMemory<byte>, int>(Utf8NameComparer.Instance);
                for (var i = 0; i < children.Count; i++)
                {
                    if (children[i] is { } child)
                    {
                        _index.Add(child.Name, i);
                    }
                }
            }

            return _index.TryGetValue(name, out var at) ? at : -1;
        }

        for (var i = 0; i < children.Count; i++)
        {
            if (children[i] is { } child && child.Name.Span.SequenceEqual(name.Span))
            {
                return i;
            }
        }

        return -1;
    }
}
