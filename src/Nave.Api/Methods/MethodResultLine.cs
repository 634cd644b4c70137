using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>What became of one call of a batch: a status and a payload, or an error.</summary>
public sealed record MethodResultLine
{
    /// <summary>Gets which call: its place in the batch, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the device id.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the module id, or <see langword="null"/> for a device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModuleId { get; init; }

    /// <summary>Gets the device's status; <see langword="null"/> if there is no answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Status { get; init; }

    /// <summary>Gets the device's payload, verbatim.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }

    /// <summary>Gets why there is no answer, as the number of a <see cref="HubErrorCode"/>: 404103 not connected, 504101 no answer in time, and so on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ErrorCode { get; init; }

    /// <summary>Gets the same in words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}
