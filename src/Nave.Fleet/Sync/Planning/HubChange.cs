namespace Nave.Fleet.Sync.Planning;

/// <summary>What is done to a hub device.</summary>
internal sealed record HubChange
{
    /// <summary>Gets what: create, update or delete.</summary>
    public required PlanAction Action { get; init; }

    /// <summary>Gets the tags of a new device, or the merge patch of the tags of one that is there; with the mark. JSON text.</summary>
    public string? Tags { get; init; }

    /// <summary>Gets the etag that must not have changed: the identity's for a deletion, the twin's for an update.</summary>
    public string? ETag { get; init; }

    /// <summary>Gets the key by which the external registry is asked once more before a deletion.</summary>
    public string? ConfirmKey { get; init; }
}
