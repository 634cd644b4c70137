using Nave.Api;
using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Planning;

/// <summary>Plans between registries that are made up, to measure what a plan needs.</summary>
public static class GeneratedPlan
{
    private const string SyncName = "generated";

    /// <summary>Makes a plan; the caller disposes of it.</summary>
    /// <param name="devices">How many devices both sides have, about.</param>
    /// <param name="differences">In how many they differ.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<SyncPlan> MakeAsync(int devices, int differences, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(differences);
        var registry = new GeneratedRegistry(devices, differences, SyncName);
        await using (registry.ConfigureAwait(false))
        {
            var configuration = new SyncConfiguration
            {
                Name = SyncName,
                Hub = new HubSettings { Connection = new IotHubConnectionString { HostName = "generated.invalid" } },
                ProviderName = registry.Traits.Name,
                CreateProvider = _ => registry,
                StoreFolder = string.Empty,
                BaseFolder = string.Empty,
            };
            return await new SyncPlanner(configuration, registry.ListHubAsync, registry, store: null, progress: null).PlanAsync(adopt: false, cancellationToken).ConfigureAwait(false);
        }
    }
}
