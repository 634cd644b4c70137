namespace Nave.Fleet.Sync.State;

/// <summary>Another process has the store of a sync open: a run, or <c>nave sync serve</c>.</summary>
public sealed class SyncStoreBusyException(string place, Exception inner) : IOException(
    $"Another process uses the sync's store '{place}': a run, or nave sync serve. One at a time can; wait for it, or stop it.", inner)
{
    /// <summary>Gets where the store is: its folder, or its schema.</summary>
    public string Place { get; } = place;
}
