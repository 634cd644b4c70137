namespace Nave.Api;

/// <summary>What became of the devices of a scheduled job, in numbers.</summary>
public sealed record DeviceJobStatistics
{
    /// <summary>Gets how many devices it is about; 0 until it has started.</summary>
    public int DeviceCount { get; init; }

    /// <summary>Gets how many failed.</summary>
    public int FailedCount { get; init; }

    /// <summary>Gets how many succeeded.</summary>
    public int SucceededCount { get; init; }

    /// <summary>Gets how many are at work.</summary>
    public int RunningCount { get; init; }

    /// <summary>Gets how many wait.</summary>
    public int PendingCount { get; init; }
}
