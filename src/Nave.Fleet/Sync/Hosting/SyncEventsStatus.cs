namespace Nave.Fleet.Sync.Hosting;

/// <summary>How reading a hub's events goes.</summary>
/// <param name="Reading">Whether it reads.</param>
/// <param name="LastEvent">When the hub took the last event that was read; <see langword="null"/> before the first.</param>
/// <param name="Problem">What keeps it from reading; <see langword="null"/> while it reads.</param>
public sealed record SyncEventsStatus(bool Reading, DateTimeOffset? LastEvent, string? Problem);
