namespace Nave.Api;

/// <summary>How far a job is. Source: the service's OpenAPI document and wire facts 9.6.3.</summary>
public enum JobStatus
{
    /// <summary>Not said.</summary>
    Unknown,

    /// <summary>An import or export waits for the one before it.</summary>
    Enqueued,

    /// <summary>It is at work.</summary>
    Running,

    /// <summary>It has ended; some lines or devices may have failed.</summary>
    Completed,

    /// <summary>It could not be done.</summary>
    Failed,

    /// <summary>It was cancelled before it had ended.</summary>
    Cancelled,

    /// <summary>Its time has not come.</summary>
    Scheduled,

    /// <summary>A scheduled job waits for its time, or for others to end.</summary>
    Queued,
}
