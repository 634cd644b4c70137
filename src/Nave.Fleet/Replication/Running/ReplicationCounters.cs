using Nave.Fleet.Simulation;

namespace Nave.Fleet.Replication.Running;

/// <summary>What an instance has done since it started. Thread-safe.</summary>
internal sealed class ReplicationCounters
{
    private long _events;
    private long _applied;
    private long _stale;
    private long _reads;
    private long _poison;
    private long _documents;
    private long _batches;

    /// <summary>Gets how long events took from the hub's stream into the target.</summary>
    public LatencyHistogram Delay { get; } = new();

    public long Events => Interlocked.Read(ref _events);

    public long Applied => Interlocked.Read(ref _applied);

    public long Stale => Interlocked.Read(ref _stale);

    public long Reads => Interlocked.Read(ref _reads);

    public long Poison => Interlocked.Read(ref _poison);

    public long Documents => Interlocked.Read(ref _documents);

    public long Batches => Interlocked.Read(ref _batches);

    public void Add(int events, int applied, int stale, int reads, int poison, int documents)
    {
        Interlocked.Add(ref _events, events);
        Interlocked.Add(ref _applied, applied);
        Interlocked.Add(ref _stale, stale);
        Interlocked.Add(ref _reads, reads);
        Interlocked.Add(ref _poison, poison);
        Interlocked.Add(ref _documents, documents);
        Interlocked.Increment(ref _batches);
    }
}
