using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>A scheduled job that is asked for. Source: wire facts 9.6.</summary>
public sealed record JobRequest
{
    /// <summary>Gets the job's id; the path has it too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JobId { get; init; }

    /// <summary>Gets what it does: <see cref="JobType.ScheduleDeviceMethod"/> or <see cref="JobType.ScheduleUpdateTwin"/>.</summary>
    public JobType Type { get; init; }

    /// <summary>Gets the method.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DirectMethodRequest? CloudToDeviceMethod { get; init; }

    /// <summary>Gets the change of twins: tags and desired properties, and an etag that they must have or <c>*</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson UpdateTwin { get; init; }

    /// <summary>Gets which devices: <c>*</c>, the body of a WHERE, or <c>FROM devices.modules [WHERE …]</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? QueryCondition { get; init; }

    /// <summary>Gets when it starts; now if that is past or left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Gets how long it may take, in seconds.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MaxExecutionTimeInSeconds { get; init; }
}
