namespace Nave.Fleet.Sync.EventGrid;

/// <summary>One event of a delivery. The twin that it carries is not read: it is a hint, and the hub has the truth.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="DeviceId">The device, a valid id; empty for <see cref="GridEventKind.Other"/>.</param>
/// <param name="HubName">The hub's name, the first label of its host name; <see langword="null"/> if the event does not say.</param>
internal readonly record struct GridEvent(GridEventKind Kind, string DeviceId, string? HubName);
