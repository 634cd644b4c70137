namespace Nave.Fleet.Sync.State;

/// <summary>A change that did not come about.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Action">What was to be done: <c>create</c>, <c>update</c>, <c>delete</c>.</param>
/// <param name="Reason">Why it failed, without a secret.</param>
public sealed record SyncFailure(string DeviceId, string Action, string Reason);
