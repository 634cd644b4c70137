using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ChirpStack;

/// <summary>The configuration of <see cref="ChirpStackProvider"/>.</summary>
internal sealed class ChirpStackSettings
{
    // A server of one's own, without a limit: polite for one that shares a machine with its database.
    private const double DefaultCallsPerSecond = 50;

    public required Uri BaseUri { get; init; }

    public required string ApiKey { get; init; }

    public required string ApplicationId { get; init; }

    /// <summary>Gets the device profile of devices whose tags name none.</summary>
    public string? DeviceProfileId { get; init; }

    /// <summary>Gets a value indicating whether the hub's device id is the device's name, not its EUI.</summary>
    public bool IdIsName { get; init; }

    public int PageSize { get; init; } = 1000;

    public ProviderTransportOptions Transport { get; init; } = new();

    public static ChirpStackSettings Read(ConfigurationSection settings)
    {
        var baseUri = settings.Address("baseUri");
        if (baseUri is null && !settings.Has("baseUri"))
        {
            settings.Report("baseUri", "is needed: the address of the REST API, such as http://localhost:8090.");
        }

        return new ChirpStackSettings
        {
            BaseUri = baseUri ?? new Uri("http://localhost"),
            ApiKey = HttpSettings.Secret(settings, "apiKey"),
            ApplicationId = Uuid(settings, "applicationId", settings.Required("applicationId")) ?? string.Empty,
            DeviceProfileId = Uuid(settings, "deviceProfileId", settings.Text("deviceProfileId")),
            IdIsName = settings.Choice("deviceId", ["eui", "name"], "eui") == "name",
            PageSize = settings.WholeNumber("pageSize", 1, 1000, 1000),
            Transport = HttpSettings.Read(settings, DefaultCallsPerSecond),
        };
    }

    private static string? Uuid(ConfigurationSection settings, string name, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Guid.TryParseExact(text, "D", out var id))
        {
            return id.ToString("D");
        }

        settings.Report(name, "is no UUID, such as 52f14cd4-c6f1-4fbd-8f87-4025e1d49242.");
        return null;
    }
}
