using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nave.Fleet.Simulation.Files;

/// <summary>
/// Keeps out what is YAML and would end the process: nesting deeper than the stack, an alias inside the node that it names,
/// and aliases of aliases that multiply to millions of nodes.
/// </summary>
internal static class YamlGuard
{
    // Ten levels of a twin, below a few of the file.
    private const int MaxDepth = 64;

    // As many as a file of some MiB has, written out.
    private const long MaxNodes = 1_000_000;

    /// <summary>Reads a text through once.</summary>
    /// <exception cref="YamlException">It is no YAML, or one of the things above.</exception>
    public static void Check(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var sizes = new Dictionary<AnchorName, long>();
        var open = new Stack<(AnchorName Anchor, long Before)>();
        long nodes = 0;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case AnchorAlias alias:
                    // What is not there yet is still open, or nowhere.
                    nodes += sizes.TryGetValue(alias.Value, out var size) ? size : throw Wrong(alias, "an alias stands before or inside what it names");
                    break;
                case MappingStart or SequenceStart:
                    var start = (NodeEvent)parser.Current;
                    sizes.Remove(start.Anchor);
                    open.Push((start.Anchor, nodes++));
                    break;
                case MappingEnd or SequenceEnd:
                    var (anchor, before) = open.Pop();
                    Keep(sizes, anchor, nodes - before);
                    break;
                case Scalar scalar:
                    nodes++;
                    Keep(sizes, scalar.Anchor, 1);
                    break;
                case DocumentStart:
                    sizes.Clear();
                    break;
            }

            if (open.Count > MaxDepth)
            {
                throw Wrong(parser.Current!, $"it is nested deeper than {MaxDepth} levels"); // There is one, or it would not be deep.
            }

            if (nodes > MaxNodes)
            {
                throw Wrong(parser.Current!, $"with its aliases it has more than {MaxNodes} values"); // As above.
            }
        }
    }

    private static void Keep(Dictionary<AnchorName, long> sizes, AnchorName anchor, long size)
    {
        if (!anchor.IsEmpty)
        {
            sizes[anchor] = size;
        }
    }

    private static YamlException Wrong(ParsingEvent place, string sentence) => new(place.Start, place.End, sentence + ".");
}
