using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Planning;

/// <summary>What is known of one device id when both sides are merged.</summary>
/// <param name="DeviceId">The id.</param>
/// <param name="Hub">The hub's device.</param>
/// <param name="External">The external devices that map to this id: none, one, or several that differ.</param>
/// <param name="Synced">What was last in step.</param>
/// <param name="Quarantined">Its quarantine.</param>
internal sealed record PlanCase(
    string DeviceId, HubRow? Hub, IReadOnlyList<ExternalDevice> External, SyncedDevice? Synced, QuarantinedDevice? Quarantined);
