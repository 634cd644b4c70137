using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;

namespace Nave.Fleet.Sync.Applying;

/// <summary>What a run works with.</summary>
/// <param name="Configuration">What is kept in step how.</param>
/// <param name="Service">The hub.</param>
/// <param name="Provider">The external registry.</param>
/// <param name="Store">What syncs must not forget.</param>
/// <param name="Time">The clock.</param>
/// <param name="Events">Where the custom events go.</param>
internal sealed record ApplyContext(
    SyncConfiguration Configuration, ServiceClient Service, IDeviceProvider Provider, SyncStore Store, TimeProvider Time, SyncEvents Events)
{
    /// <summary>Gets who is told how far it is.</summary>
    public IProgress<SyncProgress>? Progress { get; init; }
}
