namespace Nave.Hub.Connections;

/// <summary>
/// Ends sessions whose token has run out: one timer and one wheel for all sessions of the process. It waits by the monotonic
/// clock, so a wall clock that jumps ahead ends nobody early; when a session's time has come the wall clock is asked again,
/// and a token that is still valid by it (the clock was set back) is waited for again.
/// </summary>
internal sealed class SessionClock : IDisposable
{
    private const int SlotCount = 1024;

    /// <summary>Nobody waits longer than this before the wall clock is asked again.</summary>
    private const long MaxTicksAhead = 366L * 24 * 3600;

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly DeviceSession?[] _slots = new DeviceSession?[SlotCount];
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private long _lastTick;
    private long _coarseNowTicks;

    public SessionClock(TimeProvider time)
    {
        _time = time;
        _origin = time.GetTimestamp();
        _coarseNowTicks = time.GetUtcNow().UtcTicks;
        _timer = time.CreateTimer(static state => ((SessionClock)state!).Tick(), this, s_tick, s_tick);
    }

    /// <summary>Gets the wall clock as of the last tick, in UTC ticks.</summary>
    public long CoarseNowTicks => Volatile.Read(ref _coarseNowTicks);

    /// <summary>Watches a session whose principal expires; others are ignored.</summary>
    public void Schedule(DeviceSession session)
    {
        if (session.Principal.Expires is not { } expires)
        {
            return;
        }

        var seconds = (long)Math.Ceiling((expires - _time.GetUtcNow()).TotalSeconds);
        lock (_lock)
        {
            Unlink(session);
            if (!session.IsOpen)
            {
                return; // It ended before it was scheduled; Cancel has already run.
            }

            session.DueTick = CurrentTick() + Math.Clamp(seconds, 1, MaxTicksAhead);
            Link(session);
        }
    }

    /// <summary>Watches a session no longer.</summary>
    public void Cancel(DeviceSession session)
    {
        lock (_lock)
        {
            Unlink(session);
        }
    }

    public void Dispose() => _timer.Dispose();

    private long CurrentTick() => (long)_time.GetElapsedTime(_origin).TotalSeconds;

    private void Tick()
    {
        Volatile.Write(ref _coarseNowTicks, _time.GetUtcNow().UtcTicks);
        List<DeviceSession>? due = null;
        lock (_lock)
        {
            var now = CurrentTick();
            var first = Math.Max(_lastTick + 1, now - SlotCount + 1); // Late by a whole turn: each slot once is enough.
            for (var tick = first; tick <= now; tick++)
            {
                for (var session = _slots[tick % SlotCount]; session is not null;)
                {
                    var next = session.NextInSlot;
                    if (session.DueTick <= now)
                    {
                        Unlink(session);
                        (due ??= []).Add(session);
                    }

                    session = next;
                }
            }

            _lastTick = Math.Max(_lastTick, now);
        }

        if (due is null)
        {
            return;
        }

        var wall = _time.GetUtcNow();
        foreach (var session in due)
        {
            if (session.Principal.Expires is { } expires && expires > wall)
            {
                Schedule(session);
            }
            else
            {
                session.Terminate(CloseReason.TokenExpired);
            }
        }
    }

    private void Link(DeviceSession session)
    {
        ref var head = ref _slots[session.DueTick % SlotCount];
        session.PreviousInSlot = null;
        session.NextInSlot = head;
        if (head is not null)
        {
            head.PreviousInSlot = session;
        }

        head = session;
    }

    private void Unlink(DeviceSession session)
    {
        if (session.DueTick < 0)
        {
            return;
        }

        if (session.NextInSlot is not null)
        {
            session.NextInSlot.PreviousInSlot = session.PreviousInSlot;
        }

        if (session.PreviousInSlot is not null)
        {
            session.PreviousInSlot.NextInSlot = session.NextInSlot;
        }
        else
        {
            _slots[session.DueTick % SlotCount] = session.NextInSlot;
        }

        session.PreviousInSlot = session.NextInSlot = null;
        session.DueTick = -1;
    }
}
