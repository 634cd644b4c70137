namespace Nave.Api;

/// <summary>A device or module identity, in the service API's shape.</summary>
public sealed record DeviceIdentity
{
    public required string DeviceId { get; init; }

    public string? ModuleId { get; init; }
}
