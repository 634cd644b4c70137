namespace Nave.Fleet.Sync.Runs;

/// <summary>How a plan is made and applied.</summary>
public sealed record SyncApplyOptions
{
    /// <summary>Gets a value indicating whether devices without the sync's mark are taken over.</summary>
    public bool Adopt { get; init; }

    /// <summary>Gets a value indicating whether more may be deleted than the guard permits.</summary>
    public bool AllowDeletes { get; init; }

    /// <summary>Gets what begins the run: <c>cli</c>, <c>schedule</c>, <c>http</c>.</summary>
    public string Trigger { get; init; } = "cli";
}
