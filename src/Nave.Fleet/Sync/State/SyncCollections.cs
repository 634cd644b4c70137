namespace Nave.Fleet.Sync.State;

/// <summary>The collections of a sync's state store. <c>docs/formats/sync.md</c> has their form.</summary>
internal static class SyncCollections
{
    /// <summary>Runs. Key: <see cref="SyncRun.Id"/>, which sorts the newest first.</summary>
    public const string Runs = "sync-runs";

    /// <summary>Who runs on a hub. Key: the hub's host name, lower case.</summary>
    public const string Leases = "sync-leases";

    /// <summary>What was last in step. Key: the name of the sync, a slash, the device id.</summary>
    public const string Devices = "sync-devices";

    /// <summary>Devices that both sides changed. Key: as of <see cref="Devices"/>.</summary>
    public const string Quarantine = "sync-quarantine";

    /// <summary>Work that waits for its next attempt. Key and body: the work queue's.</summary>
    public const string Work = "sync-work";

    /// <summary>Work that was given up. Key and body: the work queue's.</summary>
    public const string Dead = "sync-dead";

    /// <summary>Single values: the salt of fingerprints. Key: the name of the value.</summary>
    public const string Values = "sync-values";
}
