using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nave.Api;
using Nave.Fleet.Simulation.Templates;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Simulation.Files;

/// <summary>One mapping of a YAML file: reads its entries by name, and reports what does not fit and what nobody asked for.</summary>
internal sealed class YamlSection
{
    private readonly YamlMappingNode _node;
    private readonly string _path;
    private readonly ProblemList _problems;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private YamlSection(YamlMappingNode node, string path, ProblemList problems)
    {
        _node = node;
        _path = path;
        _problems = problems;
    }

    /// <summary>Takes a node that has to be a mapping; reports it if it is not.</summary>
    public static YamlSection? Open(YamlNode node, string path, ProblemList problems)
    {
        if (node is YamlMappingNode mapping)
        {
            return new YamlSection(mapping, path, problems);
        }

        problems.Add(node, $"'{path}' is no mapping of names to values.");
        return null;
    }

    /// <summary>Reports a problem at an entry, or at the section itself if it has no such entry.</summary>
    public void Report(string name, string sentence) => _problems.Add(Find(name) ?? _node, $"'{Name(name)}' {sentence}");

    public bool Has(string name) => Find(name) is not null;

    public string? Text(string name)
    {
        if (Find(name) is not { } node)
        {
            return null;
        }

        if (node is YamlScalarNode { Value: { } text })
        {
            return text;
        }

        _problems.Add(node, $"'{Name(name)}' is no single value.");
        return null;
    }

    public int Integer(string name, int min, int max, int fallback)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Report(name, $"is '{text}'; a whole number from {min} to {max} is permitted.");
        return fallback;
    }

    public bool Flag(string name, bool fallback)
    {
        switch (Text(name))
        {
            case null:
                return fallback;
            case "true":
                return true;
            case "false":
                return false;
            case var text:
                Report(name, $"is '{text}'; true or false is permitted.");
                return fallback;
        }
    }

    /// <summary>A number from 0 to 1, or a percentage.</summary>
    public double Fraction(string name, double fallback)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        var percent = text.EndsWith('%');
        if (double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            value = percent ? value / 100 : value;
            if (value <= 1)
            {
                return value;
            }
        }

        Report(name, $"is '{text}'; 0 to 1, or 0% to 100%, is permitted.");
        return fallback;
    }

    public double Rate(string name, double fallback)
    {
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (MessageRate.TryParse(text, out var perSecond))
        {
            return perSecond;
        }

        Report(name, $"is '{text}'; {MessageRate.Form} is permitted.");
        return fallback;
    }

    public TimeSpan? Span(string name, TimeSpan min)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Duration.TryParse(text, out var value) && value >= min)
        {
            return value;
        }

        Report(name, $"is '{text}'; {Duration.Form}{(min > TimeSpan.Zero ? $", of {min.TotalMilliseconds} ms at least" : string.Empty)} is permitted.");
        return null;
    }

    public TextTemplate? Template(string name)
    {
        try
        {
            return Text(name) is { } text ? TextTemplate.Parse(text) : null;
        }
        catch (TemplateException e)
        {
            Report(name, $"is malformed {e.Message}");
            return null;
        }
    }

    public PayloadTemplate? Payload(string name) => Find(name) is { } node ? PayloadReader.Read(node, Name(name), _problems) : null;

    public RawJson Json(string name) => Find(name) is { } node ? PayloadReader.ReadConstant(node, Name(name), _problems) : default;

    public YamlSection? Section(string name) => Find(name) is { } node ? Open(node, Name(name), _problems) : null;

    /// <summary>The sections of a sequence.</summary>
    public IEnumerable<YamlSection> Sections(string name)
    {
        if (Find(name) is not { } node)
        {
            yield break;
        }

        if (node is not YamlSequenceNode sequence)
        {
            _problems.Add(node, $"'{Name(name)}' is no list; each entry starts with '- '.");
            yield break;
        }

        for (var i = 0; i < sequence.Children.Count; i++)
        {
            if (Open(sequence.Children[i], $"{Name(name)}[{i}]", _problems) is { } section)
            {
                yield return section;
            }
        }
    }

    /// <summary>The names of all entries, each counted as asked for.</summary>
    public IReadOnlyList<string> Names()
    {
        var names = _node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? string.Empty).ToArray();
        _asked.UnionWith(names);
        return names;
    }

    /// <summary>Reports every entry that nobody asked for: most often a spelling mistake.</summary>
    public void Close()
    {
        foreach (var key in _node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !_asked.Contains(name))
            {
                _problems.Add(key, $"'{(key as YamlScalarNode)?.Value}' is not known in '{_path}'; permitted are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
            }
        }
    }

    private string Name(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    [SuppressMessage("Performance", "CA1859", Justification = "The entry may be of any kind.")]
    private YamlNode? Find(string name)
    {
        _asked.Add(name);
        return _node.Children.TryGetValue(new YamlScalarNode(name), out var node) && node is not YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" }
            ? node
            : null;
    }
}
