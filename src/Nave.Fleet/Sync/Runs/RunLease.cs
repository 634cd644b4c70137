using Nave.Fleet.Sync.State;
using Nave.Storage;

namespace Nave.Fleet.Sync.Runs;

/// <summary>The lease of a hub, held and renewed for as long as a run lasts.</summary>
internal sealed class RunLease : IAsyncDisposable
{
    // Three renewals may fail before another run may begin.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);

    private readonly SyncStore _store;
    private readonly string _hub;
    private readonly string _runId;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _end = new();
    private Task _renewing = Task.CompletedTask;

    private RunLease(SyncStore store, string hub, string runId, TimeProvider time)
    {
        _store = store;
        _hub = hub;
        _runId = runId;
        _time = time;
    }

    /// <summary>Gets what ends when another run has taken the lease, or it cannot be renewed any more.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <exception cref="SyncLeaseHeldException">Another run has it.</exception>
    public static async Task<RunLease> TakeAsync(SyncStore store, string hub, string runId, TimeProvider time, CancellationToken cancellationToken)
    {
        var lease = new RunLease(store, hub, runId, time);
        if (await store.TryAcquireAsync(hub, lease.Next(), cancellationToken).ConfigureAwait(false) is { } held)
        {
            throw new SyncLeaseHeldException(hub, held);
        }

        lease._renewing = lease.RenewAsync();
        return lease;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        try
        {
            await _store.ReleaseAsync(_hub, _runId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageUnavailableException)
        {
            // It expires.
        }

        _end.Dispose();
        _lost.Dispose();
    }

    private SyncLease Next() => new(_runId, RunHolder.Current, _time.GetUtcNow() + s_lifetime);

    private async Task RenewAsync()
    {
        var renewed = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await Task.Delay(s_renewal, _time, _end.Token).ConfigureAwait(false);
                if (!await _store.RenewAsync(_hub, Next(), _end.Token).ConfigureAwait(false))
                {
                    await _lost.CancelAsync().ConfigureAwait(false);
                    return;
                }

                renewed = _time.GetTimestamp();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (StorageUnavailableException)
            {
                if (_time.GetElapsedTime(renewed) > s_lifetime)
                {
                    await _lost.CancelAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
    }
}
