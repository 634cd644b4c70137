namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>guards</c>: what keeps a mistake from becoming a loss.</summary>
public sealed record GuardSettings
{
    /// <summary>Gets how many percent of the devices that the sync owns a plan may delete, 0 to 100. Default 10.</summary>
    public double MaxDeletePercent { get; init; } = 10;

    /// <summary>Gets a value indicating whether the master is asked for each device once more before it is deleted on the other side. Default true.</summary>
    public bool ConfirmDeletes { get; init; } = true;
}
