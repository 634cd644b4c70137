using Nave.Fleet.Simulation;
using Nave.Fleet.Simulation.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Settings;

/// <summary>Reads YAML configuration files: environment variables are put into values, every problem is reported at once with its line.</summary>
internal static class ConfigurationFile
{
    /// <summary>Reads a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="environment">Gets an environment variable, or <see langword="null"/>.</param>
    /// <param name="read">Reads the root; entries that it does not ask for are reported as unknown.</param>
    /// <exception cref="ConfigurationFileException">It cannot be used: all problems.</exception>
    public static T Parse<T>(string yaml, string name, Func<string, string?> environment, Func<YamlSection, T> read)
    {
        try
        {
            var problems = new ProblemList(name);
            var root = Load(yaml, problems);
            Expand(root, environment, problems);
            problems.ThrowIfAny();
            var section = YamlSection.Open(root, string.Empty, problems);
            if (section is null)
            {
                problems.ThrowIfAny();
                throw new InvalidOperationException(); // Not reached: that it is no mapping was reported.
            }

            var value = read(section);
            section.Close();
            problems.ThrowIfAny();
            return value;
        }
        catch (SimulationFileException e)
        {
            // The reader of sections is the simulator's.
            throw new ConfigurationFileException(e.Problems);
        }
    }

    private static YamlNode Load(string yaml, ProblemList problems)
    {
        var stream = new YamlStream();
        try
        {
            YamlGuard.Check(yaml);
            stream.Load(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: { } root }, ..])
            {
                return root;
            }

            problems.Add(1, "the file is empty.");
        }
        catch (YamlException e)
        {
            problems.Add(e.Start.Line, $"this is not YAML: {e.InnerException?.Message ?? e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The library's words for some of what is malformed, without a place.
            problems.Add(1, "this is not YAML.");
        }

        problems.ThrowIfAny();
        throw new InvalidOperationException(); // Not reached: the line above threw.
    }

    // Aliases are the same node: each is expanded once.
    private static void Expand(YamlNode root, Func<string, string?> environment, ProblemList problems)
    {
        var seen = new HashSet<YamlNode>(ReferenceEqualityComparer.Instance);
        var open = new Stack<YamlNode>([root]);
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
            {
                continue;
            }

            switch (node)
            {
                case YamlScalarNode { Value: { } text } scalar:
                    if (EnvironmentText.TryExpand(text, environment, out var expanded, out var problem))
                    {
                        scalar.Value = expanded;
                    }
                    else
                    {
                        problems.Add(node, $"this value {problem}");
                    }

                    break;
                case YamlMappingNode mapping:
                    foreach (var child in mapping.Children.Values)
                    {
                        open.Push(child);
                    }

                    break;
                case YamlSequenceNode sequence:
                    foreach (var child in sequence.Children)
                    {
                        open.Push(child);
                    }

                    break;
            }
        }
    }
}
