using Nave.Fleet.Simulation.Templates;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Simulation.Files;

/// <summary>Reads simulation files. Their form is described in <c>docs/simulator.md</c>.</summary>
public static class SimulationFile
{
    /// <summary>The most devices of one process: what memory and ports of one machine are good for.</summary>
    public const int MaxDevices = 1_000_000;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Reads a file.</summary>
    /// <exception cref="SimulationFileException">It does not describe a fleet: all problems, with lines.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SimulationDefinition Read(string path) => Parse(File.ReadAllText(path), Path.GetFileName(path));

    /// <summary>Reads the text of a file.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="SimulationFileException">It does not describe a fleet: all problems, with lines.</exception>
    public static SimulationDefinition Parse(string yaml, string name)
    {
        var problems = new ProblemList(name);
        var stream = new YamlStream();
        try
        {
            YamlGuard.Check(yaml);
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            problems.Add(e.Start.Line, $"this is not YAML: {e.InnerException?.Message ?? e.Message}");
            problems.ThrowIfAny();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The library's words for some of what is malformed, without a place.
            problems.Add(1, "this is not YAML.");
            problems.ThrowIfAny();
        }

        if (stream.Documents is not [{ RootNode: { } root }, ..] || YamlSection.Open(root, string.Empty, problems) is not { } file)
        {
            problems.Add(1, "the file is empty; 'groups' is needed.");
            problems.ThrowIfAny();
            throw new InvalidOperationException(); // Not reached: the line above threw.
        }

        var definition = ReadDefinition(file);
        problems.ThrowIfAny();
        return definition;
    }

    private static SimulationDefinition ReadDefinition(YamlSection file)
    {
        var groups = file.Sections("groups").Select((section, i) => ReadGroup(section, i)).ToList();
        if (groups.Count == 0)
        {
            file.Report("groups", "needs one group of devices at least.");
        }

        var definition = new SimulationDefinition
        {
            Seed = file.Integer("seed", int.MinValue, int.MaxValue, 1),
            For = file.Span("for", s_shortest),
            CreateMissing = file.Flag("createMissing", true),
            DeleteCreated = file.Flag("deleteCreated", false),
            ConnectRate = file.Rate("connectRate", 500),
            Groups = groups,
        };
        if (groups.Sum(group => (long)group.Count) > MaxDevices)
        {
            file.Report("groups", $"have {groups.Sum(group => (long)group.Count)} devices; at most {MaxDevices} are permitted.");
        }

        else if (FirstRepeated(definition) is { } id)
        {
            file.Report("groups", $"have the device '{id}' twice; each id may be in one group only.");
        }

        file.Close();
        return definition;
    }

    private static string? FirstRepeated(SimulationDefinition definition)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return definition.Groups.SelectMany(group => Enumerable.Range(group.First, group.Count).Select(group.Id.For)).FirstOrDefault(id => !ids.Add(id));
    }

    private static DeviceGroup ReadGroup(YamlSection section, int index)
    {
        var name = section.Text("name") ?? $"group{index + 1}";
        var count = section.Integer("count", 1, MaxDevices, 1);
        var group = new DeviceGroup
        {
            Name = name,
            Count = count,
            First = section.Integer("first", 0, int.MaxValue - count, 1),
            Id = ReadId(section, name, count),
            Interval = ReadInterval(section),
            Jitter = section.Fraction("jitter", 0.1),
            Payload = section.Payload("payload") ?? DefaultFleet.Payload,
            Properties = ReadProperties(section.Section("properties")),
            ContentType = section.Text("contentType") ?? (section.Has("payload") ? null : "application/json"),
            ContentEncoding = section.Text("contentEncoding") ?? (section.Has("payload") ? null : "utf-8"),
            Tags = section.Json("tags"),
            Reported = ReadReported(section.Section("reported")),
            Methods = ReadMethods(section.Section("methods")),
            Faults = [.. section.Sections("faults").Select(FaultReader.Read).OfType<Fault>()],
        };
        section.Close();
        return group;
    }

    private static DeviceIdPattern ReadId(YamlSection section, string name, int count)
    {
        var text = section.Text("id") ?? name + "-{0000}";
        if (!DeviceIdPattern.TryParse(text, out var pattern, out var error))
        {
            section.Report("id", $"does not fit: {error}");
            return DeviceIdPattern.Parse("device-{0000}");
        }

        if (count > 1 && !pattern.HasNumber)
        {
            section.Report("id", $"is '{text}' for {count} devices; zeros in braces are needed for their numbers, such as sensor-{{0000}}.");
        }

        return pattern;
    }

    private static TimeSpan? ReadInterval(YamlSection section)
    {
        var interval = section.Span("interval", s_shortest);
        if (section.Text("rate") is "0")
        {
            return null;
        }

        var rate = section.Rate("rate", 0);
        if (rate > 0 && interval is not null)
        {
            section.Report("rate", "and 'interval' say the same; one of them is permitted.");
        }

        return interval ?? TimeSpan.FromSeconds(rate > 0 ? Math.Max(1 / rate, s_shortest.TotalSeconds) : 1);
    }

    private static List<KeyValuePair<string, TextTemplate>> ReadProperties(YamlSection? section)
    {
        var properties = new List<KeyValuePair<string, TextTemplate>>();
        foreach (var name in section?.Names() ?? [])
        {
            if (section!.Template(name) is { } template) // There are names, so there is a section.
            {
                properties.Add(KeyValuePair.Create(name, template));
            }
        }

        return properties;
    }

    private static ReportedUpdates? ReadReported(YamlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var every = section.Span("every", s_shortest);
        var patch = section.Payload("patch");
        if (every is null || patch is not { IsJson: true })
        {
            section.Report("patch", "and 'every' are needed: a mapping of properties, and how often they are reported.");
        }

        section.Close();
        return every is { } interval && patch is not null ? new ReportedUpdates(interval, patch) : null;
    }

    private static Dictionary<string, MethodAnswer> ReadMethods(YamlSection? section)
    {
        var methods = new Dictionary<string, MethodAnswer>(StringComparer.Ordinal);
        foreach (var name in section?.Names() ?? [])
        {
            if (section!.Section(name) is { } answer) // There are names, so there is a section.
            {
                methods[name] = new MethodAnswer(answer.Integer("status", 0, int.MaxValue, 200), answer.Payload("payload"), answer.Span("after", TimeSpan.Zero) ?? TimeSpan.Zero);
                answer.Close();
            }
        }

        return methods;
    }
}
