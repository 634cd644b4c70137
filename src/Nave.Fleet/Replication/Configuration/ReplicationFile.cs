using System.Globalization;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Settings;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Cosmos;
using Nave.Fleet.Replication.Sinks.JsonLines;
using Nave.Fleet.Replication.Sinks.Postgres;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Fleet.Simulation.Files;

namespace Nave.Fleet.Replication.Configuration;

/// <summary>Reads configuration files of replication. Their form is described in <c>docs/replication.md</c>.</summary>
public static class ReplicationFile
{
    private static readonly TimeSpan s_shortestLease = TimeSpan.FromSeconds(1);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environment">Gets an environment variable, or <see langword="null"/>.</param>
    /// <exception cref="ConfigurationFileException">It cannot be used: all problems, with lines.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReplicationDefinition Read(string path, Func<string, string?> environment) =>
        Parse(File.ReadAllText(path), Path.GetFileName(path), environment, Path.GetDirectoryName(Path.GetFullPath(path)));

    /// <summary>Reads the text of a file.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="environment">Gets an environment variable, or <see langword="null"/>.</param>
    /// <param name="folder">What relative paths begin in; <see langword="null"/> = the working folder.</param>
    /// <exception cref="ConfigurationFileException">It cannot be used: all problems, with lines.</exception>
    public static ReplicationDefinition Parse(string yaml, string name, Func<string, string?> environment, string? folder = null) =>
        ConfigurationFile.Parse(yaml, name, environment, root => ReadRoot(root, folder ?? Environment.CurrentDirectory));

    private static ReplicationDefinition ReadRoot(YamlSection root, string folder)
    {
        var (hub, events, endpoint, amqpEndpoint, ca) = ReadHub(root, folder);
        var definition = new ReplicationDefinition
        {
            Hub = hub,
            EventHub = events,
            Endpoint = endpoint,
            AmqpEndpoint = amqpEndpoint,
            CaFile = ca,
            CreateSink = ReadSink(root, folder),
            Options = new ReplicationOptions
            {
                HubName = hub.HostName.ToLowerInvariant(),
                ConsumerGroup = root.Text("consumerGroup") ?? "$Default",
                KeepHistory = root.Flag("history", false),
                LeaseDuration = root.Span("lease", s_shortestLease) ?? TimeSpan.FromSeconds(15),
                MaxBatch = root.Integer("maxBatch", 1, 20_000, 2_000),
            },
        };
        if (root.Text("instance") is { } instance)
        {
            definition = definition with { Options = definition.Options with { Instance = instance } };
        }

        try
        {
            definition.Options.Validate();
        }
        catch (ArgumentException e)
        {
            root.Report("consumerGroup", $"cannot be used with the others: {e.Message}");
        }

        return definition;
    }

    // What is missing was reported; the values that stand in for it are used by nobody.
    private static (IotHubConnectionString Hub, EventHubConnectionString? Events, ClientEndpoint Https, ClientEndpoint Amqp, string? Ca) ReadHub(YamlSection root, string folder)
    {
        var unknown = new IotHubConnectionString { HostName = "unknown" };
        if (root.Section("hub") is not { } section)
        {
            root.Report("hub", "is needed: connectionString, and eventHubConnectionString.");
            return (unknown, null, new ClientEndpoint(), new ClientEndpoint(), null);
        }

        var hub = unknown;
        if (section.Text("connectionString") is not { } text)
        {
            section.Report("connectionString", "is needed: twins are read with it.");
        }
        else if (!IotHubConnectionString.TryParse(text, out var parsed, out var error))
        {
            section.Report("connectionString", $"cannot be used: {error}");
        }
        else if (parsed.DeviceId is not null)
        {
            section.Report("connectionString", "is a device's; one with SharedAccessKeyName is needed.");
        }
        else
        {
            hub = parsed;
        }

        EventHubConnectionString? events = null;
        if (section.Text("eventHubConnectionString") is { } stream && !EventHubConnectionString.TryParse(stream, out events, out var problem))
        {
            section.Report("eventHubConnectionString", $"cannot be used: {problem}");
        }

        var result = (hub, events, ReadEndpoint(section, "endpoint"), ReadEndpoint(section, "amqpEndpoint"), section.Text("ca") is { } ca ? Path.GetFullPath(ca, folder) : null);
        section.Close();
        return result;
    }

    private static ClientEndpoint ReadEndpoint(YamlSection section, string name)
    {
        if (section.Text(name) is not { } text)
        {
            return new ClientEndpoint();
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return new ClientEndpoint { Host = text };
        }

        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
        {
            return new ClientEndpoint { Host = text[..colon].Trim('[', ']'), Port = port };
        }

        section.Report(name, $"is '{text}'; HOST or HOST:PORT with a port from 1 to 65535 is permitted.");
        return new ClientEndpoint();
    }

    private static Func<IReplicaSink> ReadSink(YamlSection root, string folder)
    {
        Func<IReplicaSink> none = () => throw new InvalidOperationException("The sink was not read.");
        if (root.Section("sink") is not { } section)
        {
            root.Report("sink", "is needed: kind, and what that kind needs.");
            return none;
        }

        var kind = section.Text("kind");
        Func<IReplicaSink> create;
        switch (kind)
        {
            case "postgres":
                var postgres = new PostgresSinkOptions { ConnectionString = Needed(section, "connectionString"), Table = section.Text("table") ?? "twins" };
                create = Checked(section, () => new PostgresSink(postgres));
                break;
            case "sqlite":
                var sqlite = new SqliteSinkOptions { Path = Path.GetFullPath(Needed(section, "path"), folder) };
                create = () => new SqliteSink(sqlite);
                break;
            case "cosmos":
                var cosmos = new CosmosSinkOptions
                {
                    ConnectionString = Needed(section, "connectionString"), Database = section.Text("database") ?? "nave", Container = section.Text("container") ?? "twins",
                };
                create = Checked(section, () => new CosmosSink(cosmos));
                break;
            case "jsonl":
                var lines = new JsonLinesSinkOptions { Path = Path.GetFullPath(Needed(section, "path"), folder) };
                create = () => new JsonLinesSink(lines);
                break;
            default:
                section.Report("kind", $"is '{kind}'; permitted are postgres, sqlite, cosmos and jsonl.");
                return none;
        }

        section.Close();
        return create;
    }

    // What the target itself finds wrong with its settings is reported with the rest; making one opens nothing.
    private static Func<IReplicaSink> Checked(YamlSection section, Func<IReplicaSink> create)
    {
        if (!section.Has("connectionString"))
        {
            return create;
        }

        try
        {
            create().DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (ArgumentException e)
        {
            section.Report("kind", $"cannot be used as it is set: {e.Message}");
        }

        return create;
    }

    private static string Needed(YamlSection section, string name)
    {
        if (section.Text(name) is { Length: > 0 } text)
        {
            return text;
        }

        section.Report(name, "is needed.");
        return string.Empty;
    }
}
