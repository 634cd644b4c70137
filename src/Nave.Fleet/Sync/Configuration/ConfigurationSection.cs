using System.Globalization;
using System.Text.RegularExpressions;
using Nave.Fleet.Simulation;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>
/// One mapping of a configuration file with the environment behind it: an entry of the file comes first, then the environment variables
/// that stand for it, then the default. Reports what does not fit and what nobody asked for; a value that came out of the environment is
/// never quoted.
/// </summary>
public sealed partial class ConfigurationSection
{
    private readonly YamlMappingNode? _node;
    private readonly string _path;
    private readonly ConfigurationProblems _problems;
    private readonly SyncEnvironment _environment;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    internal ConfigurationSection(YamlMappingNode? node, string path, ConfigurationProblems problems, SyncEnvironment environment)
    {
        _node = node;
        _path = path;
        _problems = problems;
        _environment = environment;
    }

    /// <summary>Gets a value indicating whether the file has this section.</summary>
    public bool IsPresent => _node is not null;

    /// <summary>Reports a problem at an entry.</summary>
    /// <param name="name">The entry.</param>
    /// <param name="sentence">Follows its name, such as <c>is 'x'; a or b is permitted.</c></param>
    public void Report(string name, string sentence) => _problems.Add((Find(name) ?? _node)?.Start.Line ?? 0, $"'{PathOf(name)}' {sentence}");

    /// <summary>Tells the user something that is no problem.</summary>
    public void Note(string sentence) => _problems.Note(sentence);

    /// <summary>Tells whether the file or the environment has an entry.</summary>
    public bool Has(string name, params ReadOnlySpan<EnvironmentName> variables) => Find(name) is not null || Variable(variables) is not null;

    /// <summary>Reads a text.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public string? Text(string name, params ReadOnlySpan<EnvironmentName> variables) => Read(name, variables)?.Value;

    /// <summary>Reads a text that has to be there.</summary>
    /// <returns>Empty text when it is missing; that is reported.</returns>
    public string Required(string name, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is { Value.Length: > 0 } entry)
        {
            return entry.Value;
        }

        if (!_reported.Contains(name))
        {
            Report(name, variables.IsEmpty ? "is needed." : $"is needed; the environment variable {variables[0].Name} can stand for it.");
        }

        return string.Empty;
    }

    /// <summary>Reads an address that begins with <c>https://</c> or <c>http://</c>.</summary>
    public Uri? Address(string name, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return null;
        }

        if (Uri.TryCreate(entry.Value, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
        {
            return address;
        }

        Report(name, $"is {entry.Shown}; an address that begins with https:// or http:// is permitted.");
        return null;
    }

    /// <summary>Reads a whole number. One of the environment that is below the range counts as its lowest, with a note.</summary>
    public int WholeNumber(string name, int min, int max, int fallback, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return fallback;
        }

        if (int.TryParse(entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            if (value >= min && value <= max)
            {
                return value;
            }

            if (value < min && entry.Variable is { } variable)
            {
                Note($"{variable.Name} is {value}; {min} is used, the least that is permitted.");
                return min;
            }
        }

        Report(name, $"is {entry.Shown}; a whole number from {min} to {max} is permitted.");
        return fallback;
    }

    /// <summary>Reads a number.</summary>
    public double Number(string name, double min, double max, double fallback, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return fallback;
        }

        if (double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Report(name, string.Create(CultureInfo.InvariantCulture, $"is {entry.Shown}; a number from {min} to {max} is permitted."));
        return fallback;
    }

    /// <summary>Reads <c>true</c> or <c>false</c>, in any letter case.</summary>
    public bool Flag(string name, bool fallback, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return fallback;
        }

        if (bool.TryParse(entry.Value, out var value))
        {
            return value;
        }

        Report(name, $"is {entry.Shown}; true or false is permitted.");
        return fallback;
    }

    /// <summary>Reads one of a few words, in any letter case.</summary>
    public string Choice(string name, IReadOnlyList<string> choices, string fallback, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return fallback;
        }

        foreach (var choice in choices)
        {
            if (choice.Equals(entry.Value, StringComparison.OrdinalIgnoreCase))
            {
                return choice;
            }
        }

        Report(name, $"is {entry.Shown}; {string.Join(", ", choices)} are permitted.");
        return fallback;
    }

    /// <summary>
    /// Reads a span of time such as <c>30s</c>; an environment variable counts in its unit, and below the range it counts as its lowest,
    /// with a note.
    /// </summary>
    public TimeSpan Span(string name, TimeSpan min, TimeSpan max, TimeSpan fallback, params ReadOnlySpan<EnvironmentName> variables)
    {
        if (Read(name, variables) is not { } entry)
        {
            return fallback;
        }

        if (entry.Variable is { } variable)
        {
            if (int.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                var span = count * variable.Unit;
                if (span < min)
                {
                    Note($"{variable.Name} is {count}; {min / variable.Unit} is used, the least that is permitted.");
                    return min;
                }

                if (span <= max)
                {
                    return span;
                }
            }

            Report(name, string.Create(
                CultureInfo.InvariantCulture, $"is {entry.Shown}; a whole number from {min / variable.Unit} to {max / variable.Unit} is permitted."));
            return fallback;
        }

        if (Duration.TryParse(entry.Value, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Report(name, $"is {entry.Shown}; {Duration.Form}, from {Words(min)} to {Words(max)}, is permitted.");
        return fallback;
    }

    /// <summary>Reads a list of texts; a single text is a list of one.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not YamlSequenceNode sequence)
        {
            return Read(name, default) is { } entry ? [entry.Value] : [];
        }

        var texts = new List<string>();
        foreach (var child in sequence)
        {
            if (child is YamlScalarNode { Value: { } raw } scalar && Expand(scalar, raw, PathOf(name)) is { } text)
            {
                texts.Add(text);
            }
            else if (child is not YamlScalarNode)
            {
                _problems.Add(child.Start.Line, $"'{PathOf(name)}' has an entry that is no single value.");
            }
        }

        return texts;
    }

    /// <summary>Reads a mapping of names to texts.</summary>
    public IReadOnlyDictionary<string, string> Map(string name)
    {
        var section = Section(name);
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in section.Names())
        {
            if (section.Text(key) is { } value)
            {
                map[key] = value;
            }
        }

        return map;
    }

    /// <summary>Opens a section; an empty one where the file has none.</summary>
    public ConfigurationSection Section(string name) => Open(Find(name), PathOf(name));

    /// <summary>Opens the sections of a list.</summary>
    public IReadOnlyList<ConfigurationSection> Sections(string name)
    {
        switch (Find(name))
        {
            case null:
                return [];
            case YamlSequenceNode sequence:
                return [.. sequence.Select((child, i) => Open(child, $"{PathOf(name)}[{i}]"))];
            case var node:
                _problems.Add(node.Start.Line, $"'{PathOf(name)}' is no list; each entry starts with '- '.");
                return [];
        }
    }

    /// <summary>Gets the names of all entries, each counted as asked for.</summary>
    public IReadOnlyList<string> Names()
    {
        var names = _node?.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? string.Empty).ToArray() ?? [];
        _asked.UnionWith(names);
        return names;
    }

    /// <summary>Reports every entry that nobody asked for: most often a spelling mistake.</summary>
    public void Close()
    {
        foreach (var key in _node?.Children.Keys ?? [])
        {
            if (key is not YamlScalarNode { Value: { } name } || !_asked.Contains(name))
            {
                var where = _path.Length == 0 ? "the file" : $"'{_path}'";
                _problems.Add(
                    key.Start.Line,
                    $"'{(key as YamlScalarNode)?.Value}' is not known in {where}; permitted are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
            }
        }
    }

    private string PermittedNames() => _asked.Count == 0 ? string.Empty : $"; entries below it are permitted: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}";

    private static string Words(TimeSpan span) => span switch
    {
        { Ticks: 0 } => "0s",
        _ when span.Ticks % TimeSpan.TicksPerDay == 0 => $"{span.Days}d",
        _ when span.Ticks % TimeSpan.TicksPerHour == 0 => $"{(int)span.TotalHours}h",
        _ when span.Ticks % TimeSpan.TicksPerMinute == 0 => $"{(int)span.TotalMinutes}m",
        _ when span.Ticks % TimeSpan.TicksPerSecond == 0 => $"{(int)span.TotalSeconds}s",
        _ => $"{(int)span.TotalMilliseconds}ms",
    };

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    private ConfigurationSection Open(YamlNode? node, string path)
    {
        var section = new ConfigurationSection(node as YamlMappingNode, path, _problems, _environment);
        if (node is not (null or YamlMappingNode))
        {
            // Which names those are is known when the reader has asked for them.
            _problems.Add(node.Start.Line, () => $"'{path}' is no mapping of names to values{section.PermittedNames()}.");
        }

        return section;
    }

    private EnvironmentName? Variable(ReadOnlySpan<EnvironmentName> variables)
    {
        foreach (var variable in variables)
        {
            if (!string.IsNullOrEmpty(_environment.Get(variable.Name)))
            {
                return variable;
            }
        }

        return null;
    }

    private Entry? Read(string name, ReadOnlySpan<EnvironmentName> variables)
    {
        if (Find(name) is { } node)
        {
            if (node is not YamlScalarNode { Value: { } raw } scalar)
            {
                _problems.Add(node.Start.Line, $"'{PathOf(name)}' is no single value.");
                _reported.Add(name);
                return null;
            }

            if (Expand(scalar, raw, PathOf(name)) is not { } text)
            {
                _reported.Add(name);
                return null;
            }

            // As it stands in the file, so that what came out of the environment is not shown.
            return new Entry(text, $"'{raw}'", null);
        }

        return Variable(variables) is { } variable
            ? new Entry(_environment.Get(variable.Name) ?? string.Empty, $"not right in the environment variable {variable.Name}", variable)
            : null;
    }

    private string? Expand(YamlScalarNode node, string raw, string path)
    {
        var isWhole = true;
        var text = Reference().Replace(raw, match =>
        {
            var name = match.Groups[1].Value;
            if (_environment.Get(name) is { } value)
            {
                return value;
            }

            isWhole = false;
            _problems.Add(node.Start.Line, $"'{path}' needs the environment variable {name}, which is not set.");
            return string.Empty;
        });
        return isWhole ? text : null;
    }

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private YamlNode? Find(string name)
    {
        _asked.Add(name);
        return _node is not null
            && _node.Children.TryGetValue(new YamlScalarNode(name), out var node)
            && node is not YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" }
            ? node
            : null;
    }

    private readonly record struct Entry(string Value, string Shown, EnvironmentName? Variable);
}
