namespace Nave.Fleet.Sync.Applying;

/// <summary>A run must not go on: what it was planned on is not so, or a registry is gone. The message has no secret.</summary>
public sealed class SyncStoppedException(string message, Exception? inner = null) : Exception(message, inner);
