namespace Nave.Fleet.Sync.Work;

/// <summary>What is to be looked at.</summary>
/// <param name="DeviceId">The device id.</param>
/// <param name="Operation">What the event said.</param>
/// <param name="Source">Where it came from: <c>events</c>, <c>eventGrid</c>, <c>dead</c>.</param>
internal readonly record struct WorkRequest(string DeviceId, WorkOperation Operation, string Source);
