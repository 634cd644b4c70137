namespace Nave.Fleet.Sync.State;

/// <summary>How a run went.</summary>
public enum SyncRunOutcome
{
    /// <summary>It runs, or its process was killed: its lease tells.</summary>
    Running,

    /// <summary>Everything that was planned was done.</summary>
    Succeeded,

    /// <summary>It came to its end, and some changes failed.</summary>
    PartlyFailed,

    /// <summary>A guard stopped it before anything was changed.</summary>
    Stopped,

    /// <summary>It broke off.</summary>
    Failed,

    /// <summary>Its process was killed; a later run found that.</summary>
    Interrupted,
}
