namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>retry</c>. Names, defaults and floors: those of the synchronizer that Nave replaces.</summary>
public sealed record RetrySettings
{
    /// <summary>Gets when the twin of a device that is not complete is looked at again. Default 30 s to 5 min, 100 times, two days.</summary>
    public RetrySchedule TwinCheck { get; init; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), 100, TimeSpan.FromDays(2));

    /// <summary>Gets when a call to the external registry is made again. Default 5 min to 30 min, 100 times, one day.</summary>
    public RetrySchedule ExternalCall { get; init; } = new(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), 100, TimeSpan.FromDays(1));

    /// <summary>Gets the longest time between two looks at an import job. Default 5 min.</summary>
    public TimeSpan ImportJobInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets after how many such times an import job is given up. Default 5.</summary>
    public int ImportJobAttempts { get; init; } = 5;
}
