namespace Nave.Fleet.Sync.Hosting;

/// <summary>Which dead letters are meant.</summary>
/// <param name="DeviceIds">Those of these devices; <see langword="null"/> = all.</param>
public sealed record DeadSelection(IReadOnlyList<string>? DeviceIds);
