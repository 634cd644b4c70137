using System.Globalization;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>Reads the sections that only <c>nave sync serve</c> uses.</summary>
internal static class ServeSectionReader
{
    /// <summary>Reads <c>serve</c>.</summary>
    public static ServeSettings ReadServe(ConfigurationSection section, string folder)
    {
        var defaults = new ServeSettings();
        var settings = new ServeSettings
        {
            Certificate = section.Text("certificate") is { } certificate ? Path.GetFullPath(certificate, folder) : null,
            CertificateKey = section.Text("certificateKey") is { } key ? Path.GetFullPath(key, folder) : null,
            BehindProxy = section.Flag("behindProxy", false),
            Concurrency = section.WholeNumber("concurrency", 1, 256, defaults.Concurrency),
            QueueCapacity = section.WholeNumber("queueCapacity", 1, 10_000_000, defaults.QueueCapacity),
        };
        section.Close();
        return settings;
    }

    /// <summary>Reads <c>realtime</c>.</summary>
    public static RealtimeSettings ReadRealtime(ConfigurationSection section)
    {
        EventHubConnectionString? eventHub = null;
        if (section.Text("eventHubConnectionString") is { } text && !EventHubConnectionString.TryParse(text, out eventHub, out var error))
        {
            section.Report("eventHubConnectionString", $"cannot be used. {error}");
        }

        var group = section.Text("consumerGroup") ?? EventReadOptions.DefaultConsumerGroup;
        if (group.Length == 0 || group.Contains('/', StringComparison.Ordinal))
        {
            section.Report("consumerGroup", $"is '{group}'; a name without a slash is permitted.");
        }

        var settings = new RealtimeSettings
        {
            Events = section.Has("events") ? section.Flag("events", true) : null,
            ConsumerGroup = group,
            EventHub = eventHub,
            Endpoint = ReadEndpoint(section),
            OverWebSocket = section.Choice("transport", ["amqp", "websocket"], "amqp") == "websocket",
        };
        section.Close();
        return settings;
    }

    private static ClientEndpoint ReadEndpoint(ConfigurationSection section)
    {
        if (section.Text("endpoint") is not { } text)
        {
            return new ClientEndpoint();
        }

        var colon = text.LastIndexOf(':');
        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
        {
            return new ClientEndpoint { Host = text[..colon].Trim('[', ']'), Port = port };
        }

        section.Report("endpoint", $"is '{text}'; HOST:PORT with a port from 1 to 65535 is permitted.");
        return new ClientEndpoint();
    }
}
