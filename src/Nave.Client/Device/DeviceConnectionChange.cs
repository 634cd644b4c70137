namespace Nave.Client;

/// <summary>A change of a device client's connection.</summary>
/// <param name="State">The state now.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why a connection ended or could not be opened; <see langword="null"/> for a planned one.</param>
public sealed record DeviceConnectionChange(DeviceConnectionState State, DateTimeOffset At, Exception? Reason);
