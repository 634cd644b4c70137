namespace Nave.Server.Connections;

/// <summary>A group of connections that share a clock and a timer wheel: those of one event loop, or all those that run over streams.</summary>
internal abstract class IoLane
{
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly List<Connection> _due = [];
    private long _now;
    private long _turns;
    private volatile bool _stopping;

    protected IoLane(TimeProvider time)
    {
        _time = time;

        // The clock starts above 0, which stands for "never", and is monotonic: jumps of the wall clock do not move it.
        _origin = time.GetTimestamp();
        _now = 1;
        Wheel = new TimerWheel(_now);
    }

    /// <summary>Gets the lane's clock in milliseconds, as of the last wake-up or tick: cheap, and late by a second at most.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Gets how many times all that was due has been called: what follows from a tick of the clock has happened then.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Gets the deadlines of the lane's connections.</summary>
    public TimerWheel Wheel { get; }

    /// <summary>Gets or sets what the protocol keeps for each lane.</summary>
    public ILaneState? State { get; set; }

    /// <summary>Gets or sets a value indicating whether the server stops: what has arrived is acknowledged, nothing more is taken.</summary>
    public bool IsStopping
    {
        get => _stopping;
        set => _stopping = value;
    }

    /// <summary>Reads the clock.</summary>
    protected long Refresh()
    {
        var now = (long)_time.GetElapsedTime(_origin).TotalMilliseconds + 1;
        Volatile.Write(ref _now, now);
        return now;
    }

    /// <summary>Calls every connection that is due; never twice at the same time.</summary>
    protected void Turn()
    {
        var now = Refresh();
        Wheel.Advance(now, _due);
        foreach (var connection in _due)
        {
            connection.OnDue(now);
        }

        _due.Clear();
        State?.OnTick();
        Volatile.Write(ref _turns, _turns + 1);
    }
}
