using System.Text.Json.Serialization;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Planning;

/// <summary>What a plan does with one device, and why.</summary>
public sealed record PlannedChange
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets what is done; <see cref="PlanAction.Unchanged"/> only where the sync has to note something for itself.</summary>
    public required PlanAction Action { get; init; }

    /// <summary>Gets why: one sentence or more, without the value of a write-only field.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Gets which side is changed.</summary>
    [JsonIgnore]
    public PlanSide Side => (Hub, External) switch
    {
        (null, null) => PlanSide.None,
        (_, null) => PlanSide.Hub,
        (null, _) => PlanSide.External,
        _ => PlanSide.Both,
    };

    /// <summary>Gets what is done on the hub.</summary>
    [JsonInclude]
    internal HubChange? Hub { get; init; }

    /// <summary>Gets what is done in the external registry; before what is done on the hub.</summary>
    [JsonInclude]
    internal ExternalChange? External { get; init; }

    /// <summary>Gets what is known of the device once the change is made.</summary>
    [JsonInclude]
    internal SyncedDevice? After { get; init; }

    /// <summary>Gets a value indicating whether what is known of the device is forgotten once the change is made.</summary>
    [JsonInclude]
    internal bool Forget { get; init; }

    /// <summary>Gets a value indicating whether both sides changed the device, so that it goes into quarantine.</summary>
    [JsonInclude]
    internal bool Quarantine { get; init; }

    /// <summary>Gets a value indicating whether it leaves quarantine.</summary>
    [JsonInclude]
    internal bool Release { get; init; }
}
