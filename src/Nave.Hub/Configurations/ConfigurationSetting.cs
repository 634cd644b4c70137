using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>One thing that a configuration sets.</summary>
/// <param name="Path">The names below <c>properties.desired</c>; none = the whole section.</param>
/// <param name="Json">The value, checked against the limits of twins.</param>
internal sealed record ConfigurationSetting(IReadOnlyList<ReadOnlyMemory<byte>> Path, ReadOnlyMemory<byte> Json)
{
    /// <summary>Parses the value into a tree of its own, named by the last name of the path.</summary>
    /// <param name="writer">Who sets it.</param>
    public TwinNode ToTree(TwinWriter? writer)
    {
        var name = Path.Count == 0 ? default : Path[^1];
        if (Json.Span[0] != '{')
        {
            return new TwinNode(name, Json) { Writer = writer };
        }

        var root = new TwinNode(name);
        foreach (var child in TwinJson.Parse(Json).Children)
        {
            // What is null is not there.
            if (child is { IsNull: false })
            {
                root.Set(Marked(child, writer));
            }
        }

        root.Writer = writer;
        return root;
    }

    private static TwinNode Marked(TwinNode node, TwinWriter? writer)
    {
        node.Writer = writer;
        foreach (var child in node.Children.ToArray())
        {
            if (child is { IsNull: true })
            {
                node.Remove(child.Name);
            }
            else if (child is not null)
            {
                Marked(child, writer);
            }
        }

        return node;
    }
}
