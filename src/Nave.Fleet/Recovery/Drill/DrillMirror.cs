using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>The mirror of one switch: the drill's own, or one of the user's that runs on a folder.</summary>
internal sealed class DrillMirror : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly MirrorFolder _folder;
    private readonly HubMirror? _own;
    private readonly EventsClient? _events;
    private readonly Task<MirrorPromotion?>? _running;
    private readonly CancellationTokenSource _stop = new();

    private DrillMirror(string folder, HubMirror? own, EventsClient? events)
    {
        (_folder, _own, _events) = (new MirrorFolder(folder), own, events);
        _running = own?.RunAsync(_stop.Token);
    }

    /// <summary>Starts a mirror.</summary>
    public static async Task<DrillMirror> StartAsync(
        HubRegistry source, HubRegistry target, EventsClient events, MirrorOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return new DrillMirror(options.Folder, await HubMirror.OpenAsync(source, target, events, options, cancellationToken).ConfigureAwait(false), events);
        }
        catch
        {
            await events.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the mirror that another process runs.</summary>
    /// <exception cref="RecoveryException">None runs on the folder.</exception>
    public static async Task<DrillMirror> FindAsync(string folder, CancellationToken cancellationToken) =>
        await new MirrorFolder(folder).IsInUseAsync(cancellationToken).ConfigureAwait(false)
            ? new DrillMirror(folder, null, null)
            : throw new RecoveryException($"No mirror runs on '{folder}'. Start it (nave mirror --store DIR), or leave 'running' out.");

    /// <summary>Waits until the mirror follows, with nothing left to copy, and the target has all of some devices.</summary>
    /// <exception cref="TimeoutException">It does not within the time.</exception>
    public async Task WaitAsync(HubRegistry target, IReadOnlyList<string> devices, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (_running is { IsCompleted: true })
            {
                await _running.ConfigureAwait(false);
                throw new RecoveryException("The mirror ended by itself.");
            }

            var status = _folder.ReadStatus();
            if (status is { Phase: MirrorPhase.Following } && await CountAsync(target, devices, cancellationToken).ConfigureAwait(false) == devices.Count)
            {
                return;
            }

            if (time.GetElapsedTime(started) > timeout)
            {
                throw new TimeoutException($"The mirror to '{target.HostName}' does not follow after {timeout}: {status?.Error ?? $"it is {status?.Phase}"}.");
            }

            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Promotes the target.</summary>
    public async Task<MirrorPromotion> PromoteAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _folder.RequestPromotion();
        if (_running is not null)
        {
            return await _running.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false) ?? throw new RecoveryException("The mirror was stopped.");
        }

        var started = time.GetTimestamp();
        while (true)
        {
            if (_folder.ReadPromotion() is { } promotion)
            {
                return promotion;
            }

            if (time.GetElapsedTime(started) > timeout)
            {
                throw new TimeoutException($"The mirror did not promote within {timeout}.");
            }

            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await ((Task)_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _own!.DisposeAsync().ConfigureAwait(false); // They come together.
            await _events!.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private static async Task<int> CountAsync(HubRegistry target, IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        var found = 0;
        if (devices.Count > 0)
        {
            await foreach (var line in target.ReadAsync(devices, withKeys: false, cancellationToken).ConfigureAwait(false))
            {
                found += string.IsNullOrEmpty(line.ModuleId) ? 1 : 0;
            }
        }

        return found;
    }
}
