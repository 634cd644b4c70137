using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Why one line of a bulk call failed.</summary>
public sealed record BulkRegistryError
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the name of the code, such as <c>DeviceAlreadyExists</c>; a number is read as its name.</summary>
    [JsonConverter(typeof(ErrorCodeNameConverter))]
    public required string ErrorCode { get; init; }

    /// <summary>Gets the sentence for people.</summary>
    public string? ErrorStatus { get; init; }

    /// <summary>Gets the module id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModuleId { get; init; }

    /// <summary>Gets what was to be done, such as <c>create</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operation { get; init; }
}
