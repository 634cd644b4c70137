using Nave.Client;
using Nave.Fleet.Settings;
using Nave.Fleet.Simulation.Files;

namespace Nave.Fleet.Recovery;

/// <summary>Reads the YAML file of a drill; docs/drill.md has every entry.</summary>
public static class DrillFile
{
    /// <summary>The most devices of a drill: each event of each is remembered until the report is written.</summary>
    public const int MaxDevices = 100_000;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="environment">Gets an environment variable, or <see langword="null"/>.</param>
    /// <exception cref="ConfigurationFileException">It describes no drill: all problems, with lines.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static DrillDefinition Read(string path, Func<string, string?> environment) =>
        Parse(File.ReadAllText(path), Path.GetFileName(path), environment);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="environment">Gets an environment variable, or <see langword="null"/>.</param>
    /// <exception cref="ConfigurationFileException">It describes no drill: all problems, with lines.</exception>
    public static DrillDefinition Parse(string yaml, string name, Func<string, string?> environment) =>
        ConfigurationFile.Parse(yaml, name, environment, Read);

    private static DrillDefinition Read(YamlSection file)
    {
        var defaults = new DrillDefinition { Primary = new(), Secondary = new() };
        var existing = ReadNames(file.Text("existing"));
        var mirror = file.Section("mirror");
        var definition = new DrillDefinition
        {
            Primary = ReadHub(file, "primary"),
            Secondary = ReadHub(file, "secondary"),
            Devices = file.Integer("devices", existing.Length > 0 ? 0 : 1, MaxDevices, existing.Length > 0 ? 0 : defaults.Devices),
            Prefix = file.Text("prefix") ?? defaults.Prefix,
            Existing = existing,
            Keep = file.Flag("keep", false),
            Transport = ReadTransport(file),
            Interval = file.Span("interval", s_shortest) ?? defaults.Interval,
            ConnectRate = file.Rate("connectRate", defaults.ConnectRate),
            TwinChanges = file.Text("twinChanges") == "0" ? 0 : file.Rate("twinChanges", defaults.TwinChanges),
            LongestRetry = file.Span("longestRetry", s_shortest) ?? defaults.LongestRetry,
            Before = file.Span("before", TimeSpan.Zero) ?? defaults.Before,
            After = file.Span("after", TimeSpan.Zero) ?? defaults.After,
            Back = file.Flag("back", true),
            Timeout = file.Span("timeout", TimeSpan.FromSeconds(1)) ?? defaults.Timeout,
            SendingAgainWithin = file.Span("sendingAgainWithin", s_shortest),
            Lose = file.Text("lose"),
            Recover = file.Text("recover"),
            Switch = file.Text("switch"),
            MirrorFolder = mirror?.Text("folder"),
            MirrorRuns = mirror?.Flag("running", false) ?? false,
            MirrorGroup = mirror?.Text("consumerGroup") ?? defaults.MirrorGroup,
            ReaderGroup = file.Text("readerGroup") ?? defaults.ReaderGroup,
        };
        mirror?.Close();
        Check(file, definition);
        return definition;
    }

    private static void Check(YamlSection file, DrillDefinition definition)
    {
        if (definition.MirrorRuns && definition.MirrorFolder is null)
        {
            file.Report("mirror", "says that a mirror is running and does not name its folder; folder: DIR is needed.");
        }

        if (definition.Lose is not null && definition.Recover is null && definition.Back)
        {
            file.Report("lose", "has no 'recover', so the drill cannot go back; give one, or back: false.");
        }

        if (definition.Recover is not null && definition.Lose is null)
        {
            file.Report("recover", "has nothing to recover from; 'lose' is needed with it.");
        }
    }

    private static DrillHubReference ReadHub(YamlSection file, string name)
    {
        if (file.Section(name) is not { } section)
        {
            if (!file.Has(name))
            {
                file.Report(name, "is missing: a connectionString, or the data folder of a hub on this machine.");
            }

            return new DrillHubReference();
        }

        var hub = new DrillHubReference
        {
            ConnectionString = section.Text("connectionString"),
            Data = section.Text("data"),
            Endpoint = section.Text("endpoint"),
            MqttEndpoint = section.Text("mqttEndpoint"),
            AmqpEndpoint = section.Text("amqpEndpoint"),
            Ca = section.Text("ca"),
        };
        if (hub.ConnectionString is null && hub.Data is null)
        {
            file.Report(name, "names no hub; connectionString or data is needed.");
        }

        section.Close();
        return hub;
    }

    private static ClientTransport ReadTransport(YamlSection file)
    {
        switch (file.Text("transport"))
        {
            case null or "mqtt":
                return ClientTransport.Mqtt;
            case "ws":
                return ClientTransport.MqttWebSocket;
            case "plain":
                return ClientTransport.MqttPlain;
            case var text:
                file.Report("transport", $"is '{text}'; mqtt, ws or plain is permitted.");
                return ClientTransport.Mqtt;
        }
    }

    private static string[] ReadNames(string? text) =>
        text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
