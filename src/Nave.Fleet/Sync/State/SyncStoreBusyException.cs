namespace Nave.Fleet.Sync.State;

/// <summary>Another process has the store of a sync open: a run, or <c>nave sync serve</c>.</summary>
public sealed class SyncStoreBusyException(string folder, Exception inner) : IOException(
    $"Another process uses the sync's store '{folder}': a run, or nave sync serve. One at a time can; wait for it, or stop it.", inner)
{
    /// <summary>Gets the folder of the store.</summary>
    public string Folder { get; } = folder;
}
