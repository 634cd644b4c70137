namespace Nave.Fleet.Sync.Planning;

/// <summary>What a run does.</summary>
public enum SyncPhase
{
    /// <summary>It lists both sides.</summary>
    Listing,

    /// <summary>It compares them.</summary>
    Comparing,

    /// <summary>It makes the changes.</summary>
    Applying,

    /// <summary>It waits for the hub's import job.</summary>
    ImportJob,
}
