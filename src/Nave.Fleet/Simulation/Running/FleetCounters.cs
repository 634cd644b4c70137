namespace Nave.Fleet.Simulation.Running;

/// <summary>What all devices of a run count together.</summary>
internal sealed class FleetCounters
{
    private long _sent;
    private long _acknowledged;
    private long _failed;
    private long _skipped;
    private long _reported;
    private long _methods;
    private long _received;
    private long _disconnects;
    private int _connected;
    private long _acknowledgedBefore;
    private TimeSpan _before;

    /// <summary>Gets the latencies since the last look.</summary>
    public LatencyHistogram Recent { get; } = new();

    /// <summary>Gets the latencies before it.</summary>
    public LatencyHistogram Total { get; } = new();

    /// <summary>Gets how many messages have no outcome yet.</summary>
    public long Pending => Volatile.Read(ref _sent) - Volatile.Read(ref _acknowledged) - Volatile.Read(ref _failed);

    public int Connected => Volatile.Read(ref _connected);

    public void Sent() => Interlocked.Increment(ref _sent);

    public void Acknowledged(TimeSpan latency)
    {
        Recent.Record(latency);
        Interlocked.Increment(ref _acknowledged);
    }

    public void Failed() => Interlocked.Increment(ref _failed);

    public void Skipped(int count) => Interlocked.Add(ref _skipped, count);

    public void Reported() => Interlocked.Increment(ref _reported);

    public void MethodAnswered() => Interlocked.Increment(ref _methods);

    public void Received() => Interlocked.Increment(ref _received);

    public void ConnectionOpened() => Interlocked.Increment(ref _connected);

    public void ConnectionEnded(bool isFault)
    {
        Interlocked.Decrement(ref _connected);
        if (isFault)
        {
            Interlocked.Increment(ref _disconnects);
        }
    }

    /// <summary>Looks at the time since the last look.</summary>
    public SimulationFigures TakeRecent(TimeSpan elapsed, int devices)
    {
        var acknowledged = Volatile.Read(ref _acknowledged);
        var rate = (acknowledged - _acknowledgedBefore) / Math.Max((elapsed - _before).TotalSeconds, 1e-3);
        var figures = Figures(elapsed, devices, rate, Recent);
        _acknowledgedBefore = acknowledged;
        _before = elapsed;
        Recent.MoveTo(Total);
        return figures;
    }

    /// <summary>Looks at the whole run.</summary>
    public SimulationFigures TakeTotal(TimeSpan elapsed, int devices)
    {
        Recent.MoveTo(Total);
        return Figures(elapsed, devices, Volatile.Read(ref _acknowledged) / Math.Max(elapsed.TotalSeconds, 1e-3), Total);
    }

    private SimulationFigures Figures(TimeSpan elapsed, int devices, double rate, LatencyHistogram latencies) => new()
    {
        Seconds = Math.Round(elapsed.TotalSeconds, 1),
        Devices = devices,
        Connected = Connected,
        Sent = Volatile.Read(ref _sent),
        Acknowledged = Volatile.Read(ref _acknowledged),
        Failed = Volatile.Read(ref _failed),
        Skipped = Volatile.Read(ref _skipped),
        Reported = Volatile.Read(ref _reported),
        Methods = Volatile.Read(ref _methods),
        Received = Volatile.Read(ref _received),
        Disconnects = Volatile.Read(ref _disconnects),
        PerSecond = Math.Round(rate, 1),
        P50Ms = latencies.Percentile(0.5),
        P99Ms = latencies.Percentile(0.99),
    };
}
