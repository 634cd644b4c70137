namespace Nave.Amqp;

/// <content>Idle time-outs in both directions: AMQP 1.0 part 2, 2.4.5.</content>
public sealed partial class AmqpConnection
{
    // A peer with a time-out below this cannot be kept alive in earnest.
    private const int MinSilence = 100;

    private long _lastTick = -1;
    private long _lastReceived;
    private long _lastSent;
    private bool _receivedSinceTick;

    /// <summary>Sends an empty frame if it is time to, and closes if the peer was silent for too long.</summary>
    /// <param name="now">Any clock that never goes back, in milliseconds; the first call starts it.</param>
    /// <returns>When to call again at the latest, on the same clock; 0 for never.</returns>
    public long Tick(long now)
    {
        if (_phase == ConnectionPhase.Closed)
        {
            return 0;
        }

        if (_lastTick < 0)
        {
            _lastReceived = _lastSent = _lastTick = now;
        }

        // Within the time since the last tick, what was received counts as late as it can be, what was sent as early.
        if (_receivedSinceTick)
        {
            _lastReceived = now;
        }

        if (_sentSinceTick)
        {
            _lastSent = _lastTick;
        }

        _receivedSinceTick = _sentSinceTick = false;
        _lastTick = now;

        // 1. Half as long again as the peer was told: it may be slow, and so may the network.
        var silence = _options.IdleTimeout + (_options.IdleTimeout / 2L);
        if (silence > 0 && !IsPaused && now - _lastReceived >= silence)
        {
            Fail(new AmqpError(AmqpCondition.ResourceLimitExceeded, $"Nothing was received for {now - _lastReceived} ms; the idle time-out is {_options.IdleTimeout} ms."));
            return 0;
        }

        // 2. An empty frame whenever half of the peer's time has passed.
        var interval = (Peer?.IdleTimeout ?? 0) == 0 || !_openSent ? 0 : Math.Max(MinSilence, Peer!.IdleTimeout!.Value / 2);
        if (interval > 0 && now - _lastSent >= interval)
        {
            EndFrame(BeginFrame(0));
            _lastSent = now;
            _sentSinceTick = false;
        }

        var receive = silence > 0 ? (IsPaused ? now : _lastReceived) + silence : 0;
        var send = interval > 0 ? _lastSent + interval : 0;
        return receive == 0 ? send : send == 0 ? receive : Math.Min(receive, send);
    }
}
