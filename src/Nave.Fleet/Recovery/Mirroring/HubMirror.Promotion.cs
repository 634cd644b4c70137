using Microsoft.Extensions.Logging;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <content>The end of a mirror, and what to do when a hub does not answer.</content>
public sealed partial class HubMirror
{
    private static readonly TimeSpan s_fenceTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Promotes the target of a mirror that does not run: makes the source stand by if it answers, lets the devices in, and remembers it.
    /// </summary>
    /// <exception cref="RecoveryException">The mirror was promoted already.</exception>
    public async Task<MirrorPromotion> PromoteAsync(CancellationToken cancellationToken)
    {
        await using var source = new SourceEvents(_events, _options.ConsumerGroup, _options.Logger);
        _positions = await _store.ReadPositionsAsync(cancellationToken).ConfigureAwait(false);
        if (_positions.Count > 0)
        {
            source.Start(_positions);
        }

        return await PromoteAsync(source, cancellationToken).ConfigureAwait(false);
    }

    private async Task<MirrorPromotion> PromoteAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        Tell(_status with { Phase = MirrorPhase.Promoting }, always: true);

        // 1. No device changes the source any more.
        var isFenced = _options.Fence && _source.IsNave && await FenceAsync(cancellationToken).ConfigureAwait(false);

        // 2. What it told until then.
        var (lagEvents, lagSeconds, isDrained) = await DrainAsync(source, cancellationToken).ConfigureAwait(false);

        // 3. The devices may come.
        if (_target.IsNave)
        {
            await _target.Client.SetStandbyAsync(false, cancellationToken).ConfigureAwait(false);
        }

        var now = _time.GetUtcNow();
        await _store.WritePairAsync(new MirrorPair(_source.HostName, _target.HostName, now), cancellationToken).ConfigureAwait(false);
        var promotion = new MirrorPromotion
        {
            Source = _source.HostName,
            Target = _target.HostName,
            Promoted = now,
            SourceFenced = isFenced,
            Drained = isDrained,
            LagEvents = lagEvents,
            LagSeconds = lagSeconds,
            Seconds = _time.GetElapsedTime(started).TotalSeconds,
        };
        _folder.WritePromotion(promotion);
        Tell(Counted(_status) with { Phase = MirrorPhase.Promoted, LagEvents = lagEvents, LagSeconds = lagSeconds }, always: true);
        return promotion;
    }

    private async Task<bool> FenceAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_fenceTime);
            return await _source.Client.SetStandbyAsync(true, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && (IsTransient(e) || e is HubException))
        {
            Log.NotFenced(_options.Logger, _source.HostName, e.Message);
            return false;
        }
    }

    private async Task<(long? Events, double Seconds, bool Drained)> DrainAsync(SourceEvents source, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var lag = await LagAsync(source, cancellationToken).ConfigureAwait(false);
            if (lag.Events is 0 or null || _time.GetElapsedTime(started) >= _options.DrainTime)
            {
                return (lag.Events, lag.Seconds, lag.Events == 0);
            }

            await source.WaitAsync(s_tick, _time, cancellationToken).ConfigureAwait(false);
            if (!await TryAsync(() => ApplyAsync(source, cancellationToken), cancellationToken).ConfigureAwait(false))
            {
                return (lag.Events, lag.Seconds, false); // The source went meanwhile.
            }
        }
    }

    /// <summary>Does something until a hub lets it; a promotion that is asked for meanwhile ends the attempts.</summary>
    /// <returns>Whether it was done.</returns>
    private async Task<bool> RetryAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        for (var delay = s_tick; ; delay = delay * 2 < s_longestRetry ? delay * 2 : s_longestRetry)
        {
            if (await TryAsync(work, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            if (_folder.IsPromotionRequested)
            {
                return false;
            }

            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && IsTransient(e))
        {
            Log.Waiting(_options.Logger, _source.HostName, _target.HostName, e.Message);
            Tell(_status with { Error = e.Message, LagSeconds = (_time.GetUtcNow() - _heard).TotalSeconds }, always: true);
            return false;
        }
    }

    private static bool IsTransient(Exception e) => e is HttpRequestException or IOException or TimeoutException or OperationCanceledException
        || e is HubException { IsTransient: true } or AmqpPeerException { IsTransient: true };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The mirror from {Source} to {Target} waits: {Reason}")]
        public static partial void Waiting(ILogger logger, string source, string target, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Source} could not be made to stand by: {Reason}. Devices that still reach it connect to it.")]
        public static partial void NotFenced(ILogger logger, string source, string reason);
    }
}
