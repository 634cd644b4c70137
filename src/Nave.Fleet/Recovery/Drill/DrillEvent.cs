namespace Nave.Fleet.Recovery;

/// <summary>One event of a drill that was lost or doubled.</summary>
/// <param name="Device">The device id.</param>
/// <param name="Sequence">The event's number, from 0 for each device.</param>
/// <param name="Sent">When the device gave it to its client.</param>
/// <param name="AcknowledgedBy">The host name of the hub that acknowledged it; <see langword="null"/> = none.</param>
/// <param name="Found">How often it is in the two streams.</param>
public sealed record DrillEvent(string Device, int Sequence, DateTimeOffset Sent, string? AcknowledgedBy, int Found);
