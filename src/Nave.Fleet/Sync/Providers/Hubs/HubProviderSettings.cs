using System.Globalization;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Providers.Hubs;

/// <summary>The configuration of <see cref="HubProvider"/>.</summary>
internal sealed class HubProviderSettings
{
    private const int MaxPageSize = 1000;

    public required IotHubConnectionString Connection { get; init; }

    public ClientEndpoint Endpoint { get; init; } = new();

    public string? CaFile { get; init; }

    public int PageSize { get; init; } = MaxPageSize;

    public int Parallelism { get; init; } = 4;

    public static HubProviderSettings Read(ConfigurationSection settings) => new()
    {
        Connection = ReadConnection(settings),
        Endpoint = ReadEndpoint(settings),
        CaFile = settings.Text("ca"),
        PageSize = settings.WholeNumber("pageSize", 1, MaxPageSize, MaxPageSize),
        Parallelism = settings.WholeNumber("parallelism", 1, 64, 4),
    };

    private static IotHubConnectionString ReadConnection(ConfigurationSection settings)
    {
        var text = settings.Required("connectionString");
        if (IotHubConnectionString.TryParse(text, out var connection, out _) && connection.DeviceId is null && connection.SharedAccessKeyName is not null)
        {
            return connection;
        }

        if (text.Length > 0)
        {
            settings.Report("connectionString", "is no service connection string: HostName=…;SharedAccessKeyName=…;SharedAccessKey=… is permitted.");
        }

        return new IotHubConnectionString { HostName = "localhost" };
    }

    private static ClientEndpoint ReadEndpoint(ConfigurationSection settings)
    {
        if (settings.Text("endpoint") is not { } text)
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
            return new ClientEndpoint { Host = text[..colon], Port = port };
        }

        settings.Report("endpoint", $"is '{text}'; HOST or HOST:PORT with a port from 1 to 65535 is permitted.");
        return new ClientEndpoint();
    }
}
