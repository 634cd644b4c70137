using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.Actility;

/// <summary>The configuration of <see cref="ActilityProvider"/>.</summary>
internal sealed class ActilitySettings
{
    private static readonly Uri s_publicBase = new("https://dx-api.thingpark.com");

    // No limit is published; ten a second lets 100,000 devices through in under two minutes of pages.
    private const double DefaultCallsPerSecond = 10;

    public required Uri TokenUri { get; init; }

    public required Uri DevicesUri { get; init; }

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>Gets a value indicating whether the hub's device id is the device's name, not its EUI.</summary>
    public bool IdIsName { get; init; }

    public ProviderTransportOptions Transport { get; init; } = new();

    public static ActilitySettings Read(ConfigurationSection settings)
    {
        var baseUri = settings.Address("baseUri") ?? s_publicBase;
        return new ActilitySettings
        {
            TokenUri = settings.Address("tokenUri", "actility_api_token_uri") ?? HttpSettings.Append(baseUri, "admin/latest/api/oauth/token"),
            DevicesUri = settings.Address("devicesUri", "actility_api_devices_uri") ?? HttpSettings.Append(baseUri, "core/latest/api/devices"),
            ClientId = settings.Required("clientId", "actility_api_client_id"),
            ClientSecret = settings.Required("clientSecret", "actility_api_client_secret"),
            IdIsName = settings.Choice("deviceId", ["eui", "name"], "eui") == "name",
            Transport = HttpSettings.Read(settings, DefaultCallsPerSecond),
        };
    }
}
