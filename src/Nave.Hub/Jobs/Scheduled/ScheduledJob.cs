using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>A scheduled job as the hub works with it. Immutable.</summary>
internal sealed record ScheduledJob
{
    /// <summary>The time that a job may take if its maker does not say. Source: the default of Azure's clients.</summary>
    public const long DefaultSeconds = 3600;

    public required string Id { get; init; }

    public required JobRequest Request { get; init; }

    public required JobStatus Status { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Gets when it is to start.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Gets when it did start; its time counts from here.</summary>
    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? FailureReason { get; init; }

    /// <summary>Gets the key of the last twin whose row is written; meaningful until <see cref="IsExpanded"/>.</summary>
    public string? ExpandedTo { get; init; }

    /// <summary>Gets a value indicating whether every device that it is about has its row.</summary>
    public bool IsExpanded { get; init; }

    /// <summary>Gets a value indicating whether nothing is left to be done: it has ended and so has every row.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Gets what became of its devices; only of a settled job, of another one the rows tell.</summary>
    public DeviceJobStatistics Statistics { get; init; } = new();

    public bool HasEnded => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>Gets how long it may take.</summary>
    public TimeSpan MaxTime => TimeSpan.FromSeconds(Request.MaxExecutionTimeInSeconds ?? DefaultSeconds);

    /// <summary>Makes the wire's form.</summary>
    public JobResponse ToResponse(DeviceJobStatistics statistics) => new()
    {
        JobId = Id,
        QueryCondition = Request.QueryCondition,
        CreatedTime = Created,
        StartTime = Start,
        EndTime = Ended,
        MaxExecutionTimeInSeconds = Request.MaxExecutionTimeInSeconds ?? DefaultSeconds,
        Type = Request.Type,
        CloudToDeviceMethod = Request.CloudToDeviceMethod,
        UpdateTwin = Request.UpdateTwin,
        Status = Status,
        FailureReason = FailureReason,
        DeviceJobStatistics = statistics,
    };
}
