namespace Nave.Api;

/// <summary>How many cloud-to-device messages were removed from a queue.</summary>
public sealed record PurgeResult
{
    /// <summary>Gets the number of messages.</summary>
    public int TotalMessagesPurged { get; init; }

    /// <summary>Gets the device id.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the module id, or <see langword="null"/>.</summary>
    public string? ModuleId { get; init; }
}
