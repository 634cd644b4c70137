using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Keeps one hub's registry that of another: a comparison of both first, then every change as the source's events tell of it, and a comparison from
/// time to time for what raises no event. A stop or a kill at any time does no harm: it goes on behind the last event that was applied.
/// </summary>
public sealed partial class HubMirror : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(30);

    private readonly HubRegistry _source;
    private readonly HubRegistry _target;
    private readonly EventsClient _events;
    private readonly MirrorOptions _options;
    private readonly MirrorStore _store;
    private readonly MirrorCopier _copier;
    private readonly MirrorFolder _folder;
    private readonly TimeProvider _time;
    private Dictionary<string, MirrorPosition> _positions = [];
    private readonly HashSet<string> _changed = []; // read of, not copied yet
    private readonly Dictionary<string, MirrorPosition> _reached = [];
    private MirrorStatus _status;
    private long _told;
    private DateTimeOffset _heard;

    private HubMirror(HubRegistry source, HubRegistry target, EventsClient events, MirrorOptions options, MirrorStore store)
    {
        (_source, _target, _events, _options, _store, _time) = (source, target, events, options, store, options.TimeProvider);
        _copier = new MirrorCopier(source, target, store, options.Overwrite);
        _folder = new MirrorFolder(options.Folder);
        _heard = _time.GetUtcNow();
        _status = new MirrorStatus { Source = source.HostName, Target = target.HostName, Phase = MirrorPhase.Comparing, Updated = _heard };
    }

    /// <summary>Opens the mirror of a folder, or makes a new one.</summary>
    /// <param name="source">The hub that is mirrored.</param>
    /// <param name="target">The mirror.</param>
    /// <param name="events">The source's event stream; the caller disposes of it.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="RecoveryException">The folder is of other hubs, or its mirror was promoted.</exception>
    /// <exception cref="FolderBusyException">Another process works with the folder.</exception>
    public static async Task<HubMirror> OpenAsync(
        HubRegistry source, HubRegistry target, EventsClient events, MirrorOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        if (source.HostName.Equals(target.HostName, StringComparison.OrdinalIgnoreCase))
        {
            throw new RecoveryException($"Source and target are the same hub, '{source.HostName}'.");
        }

        var store = await MirrorStore.OpenAsync(options.Folder, options.Logger, cancellationToken).ConfigureAwait(false);
        try
        {
            var wanted = new MirrorPair(source.HostName, target.HostName, null);
            var pair = await store.ReadPairAsync(cancellationToken).ConfigureAwait(false);
            if (pair is { Promoted: { } promoted })
            {
                throw new RecoveryException($"The mirror of '{options.Folder}' was promoted at {promoted:u}: merge, and mirror the other way with a folder of its own.");
            }

            if (pair is not null && pair != wanted)
            {
                throw new RecoveryException($"'{options.Folder}' is of the mirror from '{pair.Source}' to '{pair.Target}', not from '{wanted.Source}' to '{wanted.Target}'.");
            }

            new MirrorFolder(options.Folder).Begin();
            await store.WritePairAsync(wanted, cancellationToken).ConfigureAwait(false);
            return new HubMirror(source, target, events, options, store);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gets how it is doing.</summary>
    public MirrorStatus Status => Volatile.Read(ref _status);

    /// <summary>Mirrors until it is stopped, or asked to promote through its folder (<see cref="MirrorFolder.RequestPromotion"/>).</summary>
    /// <returns>The promotion, or <see langword="null"/> if it was stopped.</returns>
    public async Task<MirrorPromotion?> RunAsync(CancellationToken cancellationToken)
    {
        await using var source = new SourceEvents(_events, _options.ConsumerGroup, _options.Logger);
        try
        {
            await BeginAsync(source, cancellationToken).ConfigureAwait(false);
            var compare = _time.GetUtcNow() + _options.CompareEvery;
            while (true)
            {
                if (_folder.IsPromotionRequested)
                {
                    return await PromoteAsync(source, cancellationToken).ConfigureAwait(false);
                }

                await StepAsync(source, cancellationToken).ConfigureAwait(false);
                if (_time.GetUtcNow() >= compare)
                {
                    var began = _time.GetTimestamp();
                    await TryAsync(() => CompareAsync(cancellationToken), cancellationToken).ConfigureAwait(false);

                    // A large registry takes a tenth of the time at most: events wait meanwhile.
                    var rest = _time.GetElapsedTime(began) * 9;
                    compare = _time.GetUtcNow() + (rest > _options.CompareEvery ? rest : _options.CompareEvery);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Tell(_status with { Phase = MirrorPhase.Stopped }, always: true);
            return null;
        }
    }

    /// <summary>Closes the folder. The hubs' clients are the caller's.</summary>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>Takes positions, then compares: what changes meanwhile comes as an event behind the positions.</summary>
    private async Task BeginAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        var stored = await _store.ReadPositionsAsync(cancellationToken).ConfigureAwait(false);
        var isReached = await RetryAsync(
            async () =>
            {
                if (_options.Standby && _target.IsNave)
                {
                    await _target.Client.SetStandbyAsync(true, cancellationToken).ConfigureAwait(false);
                }

                var ends = await source.ReadEndsAsync(cancellationToken).ConfigureAwait(false);
                _positions = stored.Count == ends.Count ? stored : ends;
            },
            cancellationToken).ConfigureAwait(false);
        if (!isReached)
        {
            _positions = stored;
            return; // The promotion was asked for before the hubs could be reached.
        }

        source.Start(_positions);
        if (await RetryAsync(() => CompareAsync(cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            await _store.WritePositionsAsync(_positions, cancellationToken).ConfigureAwait(false);
            Tell(_status with { Phase = MirrorPhase.Following }, always: true);
        }
    }

    private async Task StepAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        await source.WaitAsync(s_tick, _time, cancellationToken).ConfigureAwait(false);
        if (source.Failure is { } failure)
        {
            throw new RecoveryException($"The event stream of '{_source.HostName}' cannot be read: {failure.Message}", failure);
        }

        await RetryAsync(() => ApplyAsync(source, cancellationToken), cancellationToken).ConfigureAwait(false);
        await TellProgressAsync(source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies what the events that were read tell of. Only when that is done may the positions move.</summary>
    private async Task ApplyAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        var (devices, positions) = source.Take();
        _changed.UnionWith(devices);
        foreach (var (partition, position) in positions)
        {
            _reached[partition] = position;
        }

        if (_changed.Count > 0)
        {
            await _copier.CopyAsync(_changed, cancellationToken).ConfigureAwait(false);
            _changed.Clear();
        }

        if (_reached.Count > 0)
        {
            await _store.WritePositionsAsync(_reached, cancellationToken).ConfigureAwait(false);
            foreach (var (partition, position) in _reached)
            {
                _positions[partition] = position;
            }

            _reached.Clear();
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        await _copier.CompareAsync(_ => Tell(Counted(_status)), cancellationToken).ConfigureAwait(false);
        var configurations = await CopyConfigurationsAsync(cancellationToken).ConfigureAwait(false);
        _heard = _time.GetUtcNow();
        var identities = await _store.CountMarksAsync(cancellationToken).ConfigureAwait(false);
        Tell(Counted(_status) with { Identities = identities, Configurations = configurations, Compared = _heard }, always: true);
    }

    private async Task<int> CopyConfigurationsAsync(CancellationToken cancellationToken)
    {
        // Those that the mirror has made may go again.
        var known = await _store.ReadConfigurationsAsync(cancellationToken).ConfigureAwait(false);
        var copy = await new ConfigurationCopier(_source.Client, _target.Client)
            .CopyAsync(id => _options.Overwrite || known.Contains(id), known.Contains, cancellationToken).ConfigureAwait(false);
        _copier.Note(copy.Problems);
        await _store.WriteConfigurationsAsync([.. copy.Ids.Except(copy.Problems.Select(problem => problem.Id["configuration:".Length..]))], cancellationToken).ConfigureAwait(false);
        return copy.Ids.Count;
    }

    private async Task TellProgressAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_told) < s_tick)
        {
            return;
        }

        var lag = await LagAsync(source, cancellationToken).ConfigureAwait(false);
        var identities = await _store.CountMarksAsync(cancellationToken).ConfigureAwait(false);
        Tell(Counted(_status) with { Phase = MirrorPhase.Following, Identities = identities, LagEvents = lag.Events, LagSeconds = lag.Seconds });
    }

    /// <summary>How far behind the mirror is. A source that does not answer leaves the time since it was last heard.</summary>
    private async Task<(long? Events, double Seconds, string? Error)> LagAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            var ends = await source.ReadEndsAsync(limit.Token).ConfigureAwait(false);
            var behind = ends.Sum(end => Math.Max(0, end.Value.SequenceNumber - (_positions.TryGetValue(end.Key, out var position) ? position.SequenceNumber : -1)));
            _heard = now;
            var oldest = behind == 0 ? now : source.Oldest ?? _positions.Values.Select(position => position.Enqueued).DefaultIfEmpty(now).Max();
            return (behind, Math.Max(0, (now - oldest).TotalSeconds), null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && IsTransient(e))
        {
            return (null, (now - _heard).TotalSeconds, $"'{_source.HostName}' does not answer: {e.Message}");
        }
    }

    private MirrorStatus Counted(MirrorStatus status) => status with
    {
        Written = _copier.Written,
        Deleted = _copier.Deleted,
        Conflicts = _copier.Conflicts.Count,
        Problems = _copier.Problems.Count,
        Error = null,
    };

    private void Tell(MirrorStatus status, bool always = false)
    {
        Volatile.Write(ref _status, status with { Updated = _time.GetUtcNow() });
        if (always || _time.GetElapsedTime(_told) >= s_tick)
        {
            _told = _time.GetTimestamp();
            _folder.WriteStatus(_status);
            _options.StatusChanged?.Invoke(_status);
        }
    }
}
