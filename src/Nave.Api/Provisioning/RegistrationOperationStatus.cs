namespace Nave.Api;

/// <summary>The answer to a register or status call of a device. Wire facts 17.1.6.</summary>
public sealed record RegistrationOperationStatus
{
    /// <summary>Gets the operation id, by which the device asks again.</summary>
    public string? OperationId { get; init; }

    /// <summary>Gets the status.</summary>
    public RegistrationStatus Status { get; init; }

    /// <summary>Gets the state; <see langword="null"/> while assigning.</summary>
    public DeviceRegistrationState? RegistrationState { get; init; }
}
