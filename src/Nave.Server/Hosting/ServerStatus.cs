using System.Text.Json;

namespace Nave.Server.Hosting;

/// <summary>What a running server prints on stdout, and keeps in <c>status.json</c> (mode 0600: it holds keys).</summary>
public sealed record ServerStatus
{
    /// <summary>The name of the status file in the data folder.</summary>
    public const string FileName = "status.json";

    /// <summary>Gets a value indicating whether the server takes work.</summary>
    public required bool Ready { get; init; }

    /// <summary>Gets the default hub's name.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets the default hub's host name.</summary>
    public required string HostName { get; init; }

    /// <summary>Gets the owner's connection string.</summary>
    public required string ServiceConnectionString { get; init; }

    /// <summary>Gets the connection string of the Event Hubs-compatible endpoint.</summary>
    public required string EventHubConnectionString { get; init; }

    /// <summary>Gets the device provisioning service; <see langword="null"/> if it is not on.</summary>
    public ServerProvisioning? Provisioning { get; init; }

    /// <summary>Gets the CA to trust; <see langword="null"/> with a certificate of one's own.</summary>
    public required string? CaFile { get; init; }

    /// <summary>Gets the ports.</summary>
    public required ServerPorts Ports { get; init; }

    /// <summary>Gets the addresses.</summary>
    public required ServerUrls Urls { get; init; }

    /// <summary>Gets the process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Gets the data folder, absolute.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Reads the status that a server left in its data folder, or <see langword="null"/>.</summary>
    public static ServerStatus? Read(string dataFolder)
    {
        var file = Path.Combine(dataFolder, FileName);
        try
        {
            return Parse(File.ReadAllBytes(file));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; <see langword="null"/> if it is something else.</summary>
    internal static ServerStatus? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, ServerStatusJson.Default.ServerStatus);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ServerStatusJson.Readable().ServerStatus);
}
