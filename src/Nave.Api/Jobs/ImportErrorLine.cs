using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>A line of <c>importErrors.log</c>: why a line of an import was not applied, or not all of it.</summary>
public sealed record ImportErrorLine
{
    /// <summary>Gets the device id; empty if the line has none that can be read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DeviceId { get; init; }

    /// <summary>Gets the module id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModuleId { get; init; }

    /// <summary>Gets the id of a configuration, in the place of a device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConfigurationId { get; init; }

    /// <summary>Gets the name of the code, such as <c>DeviceAlreadyExists</c>.</summary>
    public required string ErrorCode { get; init; }

    /// <summary>Gets the sentence for people, with the number of the line.</summary>
    public required string ErrorStatus { get; init; }
}
