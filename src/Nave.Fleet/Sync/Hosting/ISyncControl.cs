using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>What can be asked of a sync, whether it is served or not.</summary>
public interface ISyncControl : IAsyncDisposable
{
    /// <summary>Tells how it is doing.</summary>
    Task<SyncStatus> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>Lists runs of all syncs of the store, the newest first.</summary>
    /// <param name="top">At most so many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<SyncRun>> GetRunsAsync(int top, CancellationToken cancellationToken);

    /// <summary>Gets one run; <see langword="null"/> if there is none of that id.</summary>
    Task<SyncRun?> GetRunAsync(string id, CancellationToken cancellationToken);

    /// <summary>Lists what was given up, in the order of ids.</summary>
    Task<IReadOnlyList<SyncDeadLetter>> GetDeadAsync(CancellationToken cancellationToken);

    /// <summary>Puts dead letters back into the queue, with fresh attempts.</summary>
    /// <returns>The devices that were put back.</returns>
    Task<IReadOnlyList<string>> RetryDeadAsync(DeadSelection selection, CancellationToken cancellationToken);

    /// <summary>Forgets dead letters.</summary>
    /// <returns>The devices that were forgotten.</returns>
    Task<IReadOnlyList<string>> DiscardDeadAsync(DeadSelection selection, CancellationToken cancellationToken);
}
