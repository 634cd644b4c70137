using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ThingsStack;

/// <summary>The configuration of <see cref="ThingsStackProvider"/>.</summary>
internal sealed class ThingsStackSettings
{
    // Every deployment has limits of its own and tells them in X-Rate-Limit-Limit; a page has a thousand devices, so that this is no hindrance.
    private const double DefaultCallsPerSecond = 10;

    // api/ttn/lorawan/v3/end_device.proto: limit, lte 1000.
    private const int MaxPageSize = 1000;

    public required Uri BaseUri { get; init; }

    /// <summary>Gets the address of Join, Network and Application Server.</summary>
    public required Uri ClusterUri { get; init; }

    public required string ApiKey { get; init; }

    public required string ApplicationId { get; init; }

    public string? LorawanVersion { get; init; }

    public string? LorawanPhyVersion { get; init; }

    public string? FrequencyPlanId { get; init; }

    /// <summary>Gets the attributes that are tags; <see langword="null"/> = all.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    public int PageSize { get; init; } = MaxPageSize;

    public ProviderTransportOptions Transport { get; init; } = new();

    public static ThingsStackSettings Read(ConfigurationSection settings)
    {
        var baseUri = settings.Address("baseUri");
        if (baseUri is null && !settings.Has("baseUri"))
        {
            settings.Report("baseUri", "is needed, such as https://eu1.cloud.thethings.network.");
        }

        var application = settings.Required("applicationId");
        if (application.Length > 0 && !ThingsStackRules.IsId(application))
        {
            settings.Report("applicationId", $"is '{application}'; {ThingsStackRules.IdForm} is permitted.");
        }

        var attributes = settings.Texts("attributes");
        foreach (var name in attributes.Where(name => name != "*" && !ThingsStackRules.IsId(name)))
        {
            settings.Report("attributes", $"has '{name}'; {ThingsStackRules.IdForm} is permitted.");
        }

        return new ThingsStackSettings
        {
            BaseUri = baseUri ?? new Uri("http://localhost"),
            ClusterUri = settings.Address("clusterUri") ?? baseUri ?? new Uri("http://localhost"),
            ApiKey = HttpSettings.Secret(settings, "apiKey"),
            ApplicationId = application,
            LorawanVersion = settings.Text("lorawanVersion"),
            LorawanPhyVersion = settings.Text("lorawanPhyVersion"),
            FrequencyPlanId = settings.Text("frequencyPlanId"),
            Attributes = attributes.Count == 0 || attributes.Contains("*") ? null : attributes,
            PageSize = settings.WholeNumber("pageSize", 1, MaxPageSize, MaxPageSize),
            Transport = HttpSettings.Read(settings, DefaultCallsPerSecond),
        };
    }
}
