using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Answers from the store itself.</summary>
internal sealed class LocalSyncControl(SyncConfiguration configuration, SyncStore store, WorkQueue queue, bool ownsStore) : ISyncControl
{
    private const int ShownNext = 10;

    /// <summary>Gets what only the serving process knows: what is in work, the next run, how events are read.</summary>
    public Func<SyncStatus, SyncStatus> Complete { get; init; } = status => status;

    /// <inheritdoc/>
    public async Task<SyncStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var next = new List<SyncWaiting>();
        await foreach (var item in queue.ListNextAsync(ShownNext, cancellationToken).ConfigureAwait(false))
        {
            next.Add(new SyncWaiting
            {
                DeviceId = item.DeviceId,
                Operation = SyncTelemetry.NameOf(item.Operation),
                Phase = NameOf(item.Phase),
                Attempts = item.Attempts,
                FirstSeen = item.FirstSeen,
                NextAttempt = item.Due,
                Reason = item.Reason,
            });
        }

        SyncRun? last = null;
        await foreach (var run in store.RunsAsync(int.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (run.Sync == configuration.Name)
            {
                last = run;
                break;
            }
        }

        return Complete(new SyncStatus
        {
            Sync = configuration.Name,
            Hub = configuration.Hub.Connection.HostName,
            Provider = configuration.ProviderName,
            Master = configuration.Master.ToString().ToLowerInvariant(),
            QueueDepth = queue.Count,
            Next = next,
            Dead = queue.DeadLetters.Count,
            LastRun = last,
            Lease = await store.GetLeaseAsync(configuration.Hub.Connection.HostName, cancellationToken).ConfigureAwait(false),
        });
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SyncRun>> GetRunsAsync(int top, CancellationToken cancellationToken) =>
        await store.RunsAsync(top, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<SyncRun?> GetRunAsync(string id, CancellationToken cancellationToken) => store.GetRunAsync(id, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SyncDeadLetter>> GetDeadAsync(CancellationToken cancellationToken)
    {
        var letters = new List<SyncDeadLetter>();
        await foreach (var letter in queue.DeadLetters.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            letters.Add(new SyncDeadLetter
            {
                DeviceId = letter.DeviceId,
                Operation = SyncTelemetry.NameOf(letter.Operation),
                Phase = NameOf(letter.Phase),
                Attempts = letter.Attempts,
                FirstSeen = letter.FirstSeen,
                FailedTime = letter.FailedTime,
                Reason = letter.Reason,
                Permanent = letter.Permanent,
            });
        }

        return letters;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RetryDeadAsync(DeadSelection selection, CancellationToken cancellationToken) =>
        ForEachAsync(selection, id => queue.RetryDeadAsync(id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DiscardDeadAsync(DeadSelection selection, CancellationToken cancellationToken) =>
        ForEachAsync(selection, id => queue.DeadLetters.RemoveAsync(id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ownsStore ? store.DisposeAsync() : ValueTask.CompletedTask;

    private static string NameOf(WorkPhase phase) => phase == WorkPhase.TwinCheck ? "twinCheck" : "externalCall";

    private async Task<IReadOnlyList<string>> ForEachAsync(DeadSelection selection, Func<string, Task<bool>> act, CancellationToken cancellationToken)
    {
        var ids = selection.DeviceIds;
        if (ids is null)
        {
            var all = new List<string>();
            await foreach (var letter in queue.DeadLetters.ListAsync(cancellationToken).ConfigureAwait(false))
            {
                all.Add(letter.DeviceId);
            }

            ids = all;
        }

        var done = new List<string>();
        foreach (var id in ids)
        {
            if (await act(id).ConfigureAwait(false))
            {
                done.Add(id);
            }
        }

        return done;
    }
}
