using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>
/// Brings twins to what configurations want, as twins and configurations change. One loop does all of it: first what changed
/// configurations reach, found through the index, then twins that have changed, in batches. So no twin is ever worked on with a set of
/// configurations that is older than a sweep that has begun. What it has to do is in memory only; after a start it looks once at
/// all that configurations reach or have reached, and finds what a kill left undone.
/// </summary>
internal sealed partial class ConfigurationEngine : ITwinObserver, IAsyncDisposable
{
    /// <summary>The most changed twins that are remembered one by one; beyond, all that configurations reach are looked at.</summary>
    internal const int MaxChanged = 65_536;

    private const int BatchSize = 256;

    // Twins worked on at the same time: enough for one commit of the store to carry many, few enough to leave it free for others.
    private const int Parallelism = 16;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    private readonly ConfigurationParts _parts;
    private readonly TwinReconciler _reconciler;
    private readonly Lock _gate = new();
    private readonly HashSet<IdentityId> _changed = [];
    private readonly HashSet<string> _sweeps = new(StringComparer.Ordinal);
    // Never disposed: a twin may still change while the loop ends, and it has no handle.
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private ConfigurationSet _set;
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isWorking;

    /// <summary>Begins with a look at all that configurations reach.</summary>
    /// <param name="parts">What it stands on.</param>
    /// <param name="set">The configurations.</param>
    /// <param name="removed">Ids of configurations that are gone, but perhaps not yet from all twins.</param>
    public ConfigurationEngine(ConfigurationParts parts, ConfigurationSet set, IEnumerable<string> removed)
    {
        _parts = parts;
        _set = set;
        _reconciler = new TwinReconciler(parts);
        _sweeps.UnionWith(set.ById.Keys);
        _sweeps.UnionWith(removed);
        _settled.TrySetResult();
        Wake();
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Gets the configurations.</summary>
    public ConfigurationSet Set => Volatile.Read(ref _set);

    /// <inheritdoc/>
    public void Changed(IdentityId id, TwinAspects aspects)
    {
        var set = Set;
        if (set.Ordered.Count == 0
            || (aspects == TwinAspects.Reported && !(id.IsModule ? set.ModulesReadReported : set.DevicesReadReported)))
        {
            return;
        }

        lock (_gate)
        {
            if (_changed.Count < MaxChanged)
            {
                if (!_changed.Add(id))
                {
                    return;
                }
            }
            else
            {
                _sweeps.UnionWith(set.ById.Keys);
            }
        }

        Wake();
    }

    /// <summary>Takes other configurations into force.</summary>
    /// <param name="set">All of them.</param>
    /// <param name="id">The one that is new, changed or gone.</param>
    public void Replace(ConfigurationSet set, string id)
    {
        Volatile.Write(ref _set, set);
        lock (_gate)
        {
            _sweeps.Add(id);
        }

        Wake();
    }

    /// <summary>Waits until all that is known to be done is done.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task settled;
            lock (_gate)
            {
                if (_changed.Count == 0 && _sweeps.Count == 0 && !_isWorking)
                {
                    return;
                }

                if (_settled.Task.IsCompleted)
                {
                    _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                settled = _settled.Task;
            }

            await settled.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Wake()
    {
        // One that is up already need not be called again.
        if (_work.CurrentCount == 0)
        {
            _work.Release();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(_stopping.Token).ConfigureAwait(false);
                while (await WorkAsync().ConfigureAwait(false))
                {
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> WorkAsync()
    {
        // 1. What is next?
        string? sweep = null;
        IdentityId[] batch = [];
        lock (_gate)
        {
            if (_sweeps.Count > 0)
            {
                sweep = _sweeps.First();
                _sweeps.Remove(sweep);
            }
            else
            {
                batch = [.. _changed.Take(BatchSize)];
                _changed.ExceptWith(batch);
            }

            _isWorking = sweep is not null || batch.Length > 0;
            if (!_isWorking)
            {
                _settled.TrySetResult();
                return false;
            }
        }

        // 2. Do it. What fails for lack of a disk is tried again until it succeeds.
        var failed = false;
        try
        {
            if (sweep is not null)
            {
                await SweepAsync(sweep).ConfigureAwait(false);
            }
            else
            {
                await ReconcileAsync(batch).ConfigureAwait(false);
            }
        }
        catch (StorageUnavailableException e)
        {
            failed = true;
            Log.Unavailable(_parts.Logger, e);
        }
        finally
        {
            lock (_gate)
            {
                _isWorking = false;
                if (failed)
                {
                    _changed.UnionWith(batch);
                    if (sweep is not null)
                    {
                        _sweeps.Add(sweep);
                    }
                }
            }
        }

        if (failed)
        {
            await Task.Delay(s_retryDelay, _parts.Time, _stopping.Token).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Looks at all twins that a configuration reaches or has reached.</summary>
    private async Task SweepAsync(string id)
    {
        var set = Set;
        var batch = new List<IdentityId>(BatchSize);
        await foreach (var candidate in TwinsOfConfiguration.FindAsync(_parts.Store, id, set.ById.GetValueOrDefault(id), _stopping.Token).ConfigureAwait(false))
        {
            if (!_reconciler.IsDone(candidate, set))
            {
                batch.Add(candidate.Identity.Id);
                if (batch.Count == BatchSize)
                {
                    await ReconcileAsync(batch).ConfigureAwait(false);
                    batch.Clear();
                }
            }
        }

        await ReconcileAsync(batch).ConfigureAwait(false);
        if (!Set.ById.ContainsKey(id))
        {
            await _parts.Store.CommitAsync(new StateTransaction().Delete(ConfigurationStore.RemovedCollection, id), _stopping.Token).ConfigureAwait(false);
        }
    }

    private Task ReconcileAsync(IReadOnlyCollection<IdentityId> ids)
    {
        var set = Set;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = _stopping.Token };
        return Parallel.ForEachAsync(ids, options, async (id, cancellationToken) =>
        {
            try
            {
                if (await _reconciler.ReconcileAsync(id, set, cancellationToken).ConfigureAwait(false) is { } error)
                {
                    Log.Refused(_parts.Logger, id.ToString(), error.Code, error.Message);
                }
            }
            catch (InvalidDataException e)
            {
                // One damaged twin does not hold up the others.
                Log.Damaged(_parts.Logger, id.ToString(), e);
            }
        });
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Configurations cannot be applied now; it is tried again.")]
        public static partial void Unavailable(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "Configurations could not be applied to '{Id}': {Code}, {Reason}")]
        public static partial void Refused(ILogger logger, string id, HubErrorCode code, string reason);

        [LoggerMessage(3, LogLevel.Error, "Configurations could not be applied to '{Id}'.")]
        public static partial void Damaged(ILogger logger, string id, Exception exception);
    }
}
