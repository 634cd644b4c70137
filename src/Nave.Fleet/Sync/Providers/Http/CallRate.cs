namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>Spaces calls out: at most so many a second on average, and never more than a second's worth at once.</summary>
internal sealed class CallRate
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _burst;
    private readonly long _start;
    private readonly Lock _gate = new();
    private TimeSpan _next;

    /// <summary>Initializes a rate.</summary>
    /// <param name="perSecond">Calls a second; <see langword="null"/> = any number.</param>
    /// <param name="time">The clock.</param>
    public CallRate(double? perSecond, TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _interval = perSecond is { } rate ? TimeSpan.FromSeconds(1 / rate) : TimeSpan.Zero;
        _burst = TimeSpan.FromSeconds(1) - _interval is { Ticks: > 0 } burst ? burst : TimeSpan.Zero;
    }

    /// <summary>Waits for a turn.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        if (_interval == TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        TimeSpan wait;
        lock (_gate)
        {
            // Generic cell rate: a call is due an interval after the one before, and may come so much earlier.
            var now = _time.GetElapsedTime(_start);
            _next = (now > _next ? now : _next) + _interval;
            wait = _next - _interval - _burst - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, _time, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Lets no call go for a while, as the registry asked.</summary>
    public void Hold(TimeSpan span)
    {
        if (_interval == TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            var until = _time.GetElapsedTime(_start) + span + _burst;
            _next = until > _next ? until : _next;
        }
    }
}
