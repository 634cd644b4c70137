namespace Nave.Fleet.Simulation;

/// <summary>When each client of a run stopped and resumed. Thread-safe.</summary>
public sealed class OutageTimeline
{
    /// <summary>The most outages that are remembered; more are counted.</summary>
    public const int MaxOutages = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Client, string What), Outage> _open = [];
    private readonly List<Outage> _ended = [];
    private readonly List<Outage> _changes = [];

    /// <summary>Gets how many outages were not remembered for want of room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Gets all outages in the order of their begin, those that last with them.</summary>
    public IReadOnlyList<Outage> Outages
    {
        get
        {
            lock (_gate)
            {
                return [.. _ended.Concat(_open.Values).OrderBy(outage => outage.Stopped).ThenBy(outage => outage.Client, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Notes that a client stopped; while it is away already, nothing.</summary>
    public void Stop(string client, string what, DateTimeOffset at, string? reason)
    {
        lock (_gate)
        {
            var outage = new Outage(client, what, at, null, null, 0, reason);
            if (_open.TryAdd((client, what), outage))
            {
                Tell(outage);
            }
        }
    }

    /// <summary>Notes that a client resumed; if it was not away, nothing.</summary>
    public void Resume(string client, string what, DateTimeOffset at, string hub, int waited)
    {
        lock (_gate)
        {
            if (_open.Remove((client, what), out var outage))
            {
                End(outage with { Resumed = at, Hub = hub, Waited = waited });
            }
        }
    }

    /// <summary>Notes an outage that was seen when it was over.</summary>
    public void Add(Outage outage)
    {
        ArgumentNullException.ThrowIfNull(outage);
        lock (_gate)
        {
            End(outage);
        }
    }

    /// <summary>Takes what changed since the last time: outages that began, and that ended.</summary>
    public IReadOnlyList<Outage> TakeChanges()
    {
        lock (_gate)
        {
            Outage[] changes = [.. _changes];
            _changes.Clear();
            return changes;
        }
    }

    private void End(Outage outage)
    {
        if (_ended.Count < MaxOutages)
        {
            _ended.Add(outage);
        }
        else
        {
            Forgotten++;
        }

        Tell(outage);
    }

    // Whoever does not take them does not want them: there is an end to what is kept for him.
    private void Tell(Outage outage)
    {
        if (_changes.Count < MaxOutages)
        {
            _changes.Add(outage);
        }
    }
}
