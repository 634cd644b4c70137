namespace Nave.Api;

/// <summary>What one line of a bulk call did only in part.</summary>
public sealed record BulkRegistryWarning
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the code, such as <c>DeviceRegisteredWithoutTwin</c>.</summary>
    public required string WarningCode { get; init; }

    /// <summary>Gets the sentence for people.</summary>
    public string? WarningStatus { get; init; }
}
