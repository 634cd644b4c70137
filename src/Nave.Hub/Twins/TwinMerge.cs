namespace Nave.Hub.Twins;

/// <summary>
/// Applies changes to a section. Rules (wire facts 11.5): objects merge, <c>null</c> deletes, everything else replaces.
/// Each node that a change names gets the change's time and version, and so do the nodes above it.
/// </summary>
internal static class TwinMerge
{
    /// <summary>Merges a patch into an object.</summary>
    /// <param name="target">The section's tree; changed.</param>
    /// <param name="patch">The patch's tree; parts of it become parts of the target.</param>
    /// <param name="stamp">When, and the section's new version.</param>
    public static void Apply(TwinNode target, TwinNode patch, TwinStamp stamp)
    {
        Mark(target, stamp);
        target.Writer = patch.Writer;
        foreach (var change in patch.Children)
        {
            switch (change)
            {
                case null:
                    break;
                case { IsNull: true }:
                    target.Remove(change.Name);
                    break;
                case { IsObject: true } when target.Find(change.Name) is { IsObject: true } existing:
                    Apply(existing, change, stamp);
                    break;
                case { IsObject: true }:
                    var fresh = new TwinNode(change.Name);
                    Apply(fresh, change, stamp);
                    target.Set(fresh);
                    break;
                default:
                    Mark(change, stamp);
                    target.Set(change);
                    break;
            }
        }
    }

    /// <summary>Makes a section from a whole new content: what is <c>null</c> is left out.</summary>
    public static TwinNode Replace(TwinNode content, TwinStamp stamp)
    {
        var root = new TwinNode(default(ReadOnlyMemory<byte>));
        Apply(root, content, stamp);
        return root;
    }

    /// <summary>Makes the patch that empties an object: every child is deleted.</summary>
    public static TwinNode ClearOf(TwinNode section)
    {
        var patch = new TwinNode(default(ReadOnlyMemory<byte>));
        foreach (var child in section.Children)
        {
            if (child is not null)
            {
                patch.Set(new TwinNode(child.Name, s_null));
            }
        }

        return patch;
    }

    private static readonly byte[] s_null = "null"u8.ToArray();

    private static void Mark(TwinNode node, TwinStamp stamp)
    {
        node.UpdatedTicks = stamp.UtcTicks;
        node.UpdatedVersion = stamp.Version;
    }
}
