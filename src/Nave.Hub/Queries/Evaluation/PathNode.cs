using System.Text;

namespace Nave.Hub.Queries;

/// <summary>Paths that are wanted from a document, as a tree: one step for all that share it.</summary>
internal sealed class PathNode
{
    private const int NoSlot = -1;

    private PathNode(byte[] name, int index)
    {
        Name = name;
        Index = index;
    }

    /// <summary>Gets the name of the property that leads here.</summary>
    public byte[] Name { get; }

    /// <summary>Gets the index of the element that leads here; only among <see cref="Elements"/>.</summary>
    public int Index { get; }

    /// <summary>Gets the slot that wants the value here; -1 if none does.</summary>
    public int Slot { get; private set; } = NoSlot;

    /// <summary>Gets the steps into properties.</summary>
    public PathNode[] Properties { get; private set; } = [];

    /// <summary>Gets the steps into elements.</summary>
    public PathNode[] Elements { get; private set; } = [];

    /// <summary>Gets a value indicating whether a slot wants the value here.</summary>
    public bool IsWanted => Slot != NoSlot;

    /// <summary>Gets a value indicating whether paths go on from here.</summary>
    public bool HasSteps => Properties.Length > 0 || Elements.Length > 0;

    /// <summary>Builds the tree.</summary>
    public static PathNode Build(IEnumerable<(QueryPath Path, int Slot)> paths)
    {
        var root = new PathNode([], 0);
        foreach (var (path, slot) in paths)
        {
            var node = root;
            foreach (var segment in path.Segments)
            {
                node = node.Step(segment);
            }

            node.Slot = slot;
        }

        return root;
    }

    private PathNode Step(PathSegment segment)
    {
        var siblings = segment.Name is null ? Elements : Properties;
        var name = segment.Name is null ? [] : Encoding.UTF8.GetBytes(segment.Name);
        foreach (var sibling in siblings)
        {
            if (sibling.Index == segment.Index && sibling.Name.AsSpan().SequenceEqual(name))
            {
                return sibling;
            }
        }

        var node = new PathNode(name, segment.Index);
        if (segment.Name is null)
        {
            Elements = [.. Elements, node];
        }
        else
        {
            Properties = [.. Properties, node];
        }

        return node;
    }
}
