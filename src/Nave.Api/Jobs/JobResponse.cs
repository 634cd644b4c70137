using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>A scheduled job and how far it is. Source: wire facts 9.6.2.</summary>
public sealed record JobResponse
{
    /// <summary>Gets the job's id.</summary>
    public required string JobId { get; init; }

    /// <summary>Gets which devices.</summary>
    public string? QueryCondition { get; init; }

    /// <summary>Gets when it was created.</summary>
    public DateTimeOffset CreatedTime { get; init; }

    /// <summary>Gets when it starts, or started.</summary>
    public DateTimeOffset StartTime { get; init; }

    /// <summary>Gets when it ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Gets how long it may take, in seconds.</summary>
    public long MaxExecutionTimeInSeconds { get; init; }

    /// <summary>Gets what it does.</summary>
    public JobType Type { get; init; }

    /// <summary>Gets the method.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DirectMethodRequest? CloudToDeviceMethod { get; init; }

    /// <summary>Gets the change of twins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson UpdateTwin { get; init; }

    /// <summary>Gets how far it is.</summary>
    public JobStatus Status { get; init; }

    /// <summary>Gets why it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FailureReason { get; init; }

    /// <summary>Gets what became of its devices.</summary>
    public DeviceJobStatistics DeviceJobStatistics { get; init; } = new();
}
