using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>One line of a batch of direct method calls (<c>POST /nave/methods</c>): a device, and what a single call has.</summary>
public sealed record MethodCallLine
{
    /// <summary>Gets the device id.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the module id, or <see langword="null"/> for a device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModuleId { get; init; }

    /// <summary>Gets the method's name.</summary>
    public string? MethodName { get; init; }

    /// <summary>Gets the payload, verbatim; undefined when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }

    /// <summary>Gets how long the device may take, in seconds: 5 to 300.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ResponseTimeoutInSeconds { get; init; }

    /// <summary>Gets how long to wait for the device to connect, in seconds: 0 to 300.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ConnectTimeoutInSeconds { get; init; }

    /// <summary>Gets whom it calls.</summary>
    [JsonIgnore]
    public IdentityId Id => new(DeviceId ?? string.Empty, string.IsNullOrEmpty(ModuleId) ? null : ModuleId);

    /// <summary>Makes the call.</summary>
    public DirectMethodRequest ToRequest() => new()
    {
        MethodName = MethodName,
        Payload = Payload,
        ResponseTimeoutInSeconds = ResponseTimeoutInSeconds,
        ConnectTimeoutInSeconds = ConnectTimeoutInSeconds,
    };
}
