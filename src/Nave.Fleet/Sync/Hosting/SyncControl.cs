using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Finds who can be asked of a sync: the process that serves it, or, when none does, its store.</summary>
public static class SyncControl
{
    /// <summary>Opens the way to a sync; the caller disposes of it.</summary>
    /// <exception cref="SyncStoreBusyException">A process has the store that does not serve: a run from the command line.</exception>
    /// <exception cref="IOException">The store cannot be read or written.</exception>
    public static async Task<ISyncControl> OpenAsync(SyncConfiguration configuration, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await RemoteSyncControl.FindAsync(configuration.StoreFolder, cancellationToken).ConfigureAwait(false) is { } serving)
        {
            return serving;
        }

        var store = await SyncStore.OpenAsync(configuration, time, NullLogger.Instance, cancellationToken).ConfigureAwait(false);
        try
        {
            var options = new WorkQueueOptions { Sync = configuration.Name, Capacity = configuration.Serve.QueueCapacity };
            var queue = await WorkQueue.OpenAsync(store.Documents, options, time, cancellationToken).ConfigureAwait(false);
            return new LocalSyncControl(configuration, store, queue, ownsStore: true);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
