using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>What configurations together want the desired properties of one twin to be.</summary>
internal sealed class WantedProperties
{
    private readonly TwinNode _root = new(default(ReadOnlyMemory<byte>));

    // Objects all of which a setting gives: what else is in them does not belong there.
    private readonly HashSet<TwinNode> _whole = [];
    private readonly List<TwinNode> _set = [];

    /// <summary>Gets a value indicating whether nothing is wanted.</summary>
    public bool IsEmpty => _set.Count == 0;

    /// <summary>
    /// Adds settings, which are stronger than those before: each replaces what stood at its path. The weakest configuration comes first.
    /// </summary>
    /// <param name="settings">The settings, those of paths above before those below.</param>
    /// <param name="writer">Who sets them.</param>
    /// <param name="ownsRoot">Whether a setting of the whole section leaves no room for others' properties, as a deployment's does.</param>
    public void Add(IReadOnlyList<ConfigurationSetting> settings, TwinWriter? writer, bool ownsRoot)
    {
        foreach (var setting in settings)
        {
            var tree = setting.ToTree(writer);
            if (setting.Path.Count == 0)
            {
                AddRoot(tree, ownsRoot);
                continue;
            }

            var parent = _root;
            foreach (var name in setting.Path.Take(setting.Path.Count - 1))
            {
                if (parent.Find(name) is not { IsObject: true } child)
                {
                    child = new TwinNode(name) { Writer = writer };
                    parent.Set(child);
                }

                parent = child;
            }

            Put(parent, tree);
        }
    }

    /// <summary>Gets the names in an object at the top.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> ChildrenOf(ReadOnlyMemory<byte> name) =>
        _root.Find(name) is { } node ? node.Children.OfType<TwinNode>().Select(child => child.Name) : [];

    /// <summary>Finds which writers have at least one setting that none stronger has replaced.</summary>
    public IReadOnlySet<TwinWriter> FindWriters()
    {
        var writers = new HashSet<TwinWriter>();
        Collect(_root, _whole.Contains(_root), writers);
        return writers;
    }

    /// <summary>
    /// Makes the patch that brings desired properties to what is wanted. What a configuration wrote that none wants any more is removed;
    /// what others wrote beside it stays.
    /// </summary>
    /// <param name="current">The desired properties with their writers.</param>
    /// <param name="keeps">Tells which writers' values stay although nobody wants them.</param>
    /// <returns>The patch, or <see langword="null"/> if there is nothing to do.</returns>
    public TwinNode? MakePatch(TwinNode current, Func<TwinWriter, bool> keeps)
    {
        var patch = Diff(current, _root, _whole.Contains(_root), keeps);
        return patch.Children.Count == 0 ? null : patch;
    }

    private static readonly byte[] s_null = "null"u8.ToArray();

    private void AddRoot(TwinNode tree, bool ownsRoot)
    {
        if (ownsRoot)
        {
            foreach (var child in _root.Children.ToArray())
            {
                if (child is not null)
                {
                    _root.Remove(child.Name);
                }
            }

            _root.Writer = tree.Writer;
            _whole.Add(_root);
            _set.Add(_root);
        }

        foreach (var child in tree.Children)
        {
            if (child is not null)
            {
                Put(_root, child);
            }
        }
    }

    private void Put(TwinNode parent, TwinNode child)
    {
        parent.Set(child);
        _set.Add(child);
        Claim(child);
    }

    private void Claim(TwinNode node)
    {
        if (node.IsObject)
        {
            _whole.Add(node);
            foreach (var child in node.Children)
            {
                if (child is not null)
                {
                    Claim(child);
                }
            }
        }
    }

    private void Collect(TwinNode node, bool counts, HashSet<TwinWriter> writers)
    {
        if (counts && node.Writer is { } writer)
        {
            writers.Add(writer);
        }

        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                Collect(child, !child.IsObject || _whole.Contains(child), writers);
            }
        }
    }

    private TwinNode Diff(TwinNode current, TwinNode? wanted, bool isWhole, Func<TwinWriter, bool> keeps)
    {
        var patch = new TwinNode(current.Name) { Writer = wanted?.Writer };

        // 1. What is not there, or not so.
        foreach (var want in wanted?.Children ?? [])
        {
            if (want is null)
            {
                continue;
            }

            var has = current.Find(want.Name);
            if (want.IsObject && has is { IsObject: true })
            {
                var inner = Diff(has, want, _whole.Contains(want), keeps);
                if (inner.Children.Count > 0)
                {
                    patch.Set(inner);
                }
            }
            else if (want.IsObject || has is null || has.IsObject || !has.Json.Span.SequenceEqual(want.Json.Span) || has.Writer != want.Writer)
            {
                patch.Set(Copy(want));
            }
        }

        // 2. What is not to be there.
        foreach (var has in current.Children)
        {
            if (has is null || wanted?.Find(has.Name) is not null)
            {
                continue;
            }

            if (isWhole || (!has.IsObject && IsForgotten(has, keeps)))
            {
                patch.Set(new TwinNode(has.Name, s_null));
            }
            else if (has.IsObject)
            {
                RemoveForgotten(has, patch, keeps);
            }
        }

        // An object whose parts come from several shows the strongest.
        patch.Writer ??= patch.Children.LastOrDefault(child => child?.Writer is not null)?.Writer;
        return patch;
    }

    private void RemoveForgotten(TwinNode has, TwinNode patch, Func<TwinWriter, bool> keeps)
    {
        var inner = Diff(has, null, isWhole: false, keeps);
        var left = has.Children.Count(child => child is not null);
        if (left == 0 ? IsForgotten(has, keeps) : inner.Children.Count == left && inner.Children.All(child => child is { IsNull: true }))
        {
            patch.Set(new TwinNode(has.Name, s_null));
        }
        else if (inner.Children.Count > 0)
        {
            patch.Set(inner);
        }
    }

    private static bool IsForgotten(TwinNode node, Func<TwinWriter, bool> keeps) => node.Writer is { } writer && !keeps(writer);

    // The patch becomes part of a twin, which changes its nodes.
    private static TwinNode Copy(TwinNode node)
    {
        if (!node.IsObject)
        {
            return new TwinNode(node.Name, node.Json) { Writer = node.Writer };
        }

        var copy = new TwinNode(node.Name) { Writer = node.Writer };
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                copy.Set(Copy(child));
            }
        }

        return copy;
    }
}
