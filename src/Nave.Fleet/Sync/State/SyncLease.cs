namespace Nave.Fleet.Sync.State;

/// <summary>Who runs on a hub.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Holder">The machine and the process, for people.</param>
/// <param name="Expires">When it ends unless it is renewed.</param>
public sealed record SyncLease(string RunId, string Holder, DateTimeOffset Expires);
