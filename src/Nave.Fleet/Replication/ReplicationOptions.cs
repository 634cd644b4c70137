namespace Nave.Fleet.Replication;

/// <summary>How one instance of replication works.</summary>
public sealed record ReplicationOptions
{
    /// <summary>Gets the hub's name in the target: leases and checkpoints are kept under it. Its host name, in lower case.</summary>
    public required string HubName { get; init; }

    /// <summary>Gets the consumer group.</summary>
    public string ConsumerGroup { get; init; } = "$Default";

    /// <summary>Gets a value indicating whether each value that changes is kept.</summary>
    public bool KeepHistory { get; init; }

    /// <summary>Gets this instance's name among those that share the work. One that starts again under its name takes its leases back at once.</summary>
    public string Instance { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Gets how long a lease lasts without renewal. Origin of 15 s: longer than a slow batch, shorter than people wait.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets the most events that are written at once. Origin of 2,000: measured, docs/performance.md.</summary>
    public int MaxBatch { get; init; } = 2_000;

    /// <summary>Gets how many bytes of documents each partition remembers, about.</summary>
    public long CacheBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Gets how long a checkpoint may wait when events bring no document: telemetry passes by without a write each.</summary>
    public TimeSpan CheckpointDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the first delay before a target or hub that failed is tried again.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets the longest delay before a target or hub that failed is tried again.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    internal string Scope => $"{HubName}/{ConsumerGroup}/";

    /// <summary>Reports every setting that is out of range.</summary>
    /// <exception cref="ArgumentException">Names each setting, its value and what is permitted.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        if (LeaseDuration < TimeSpan.FromMilliseconds(100) || LeaseDuration > TimeSpan.FromMinutes(10))
        {
            problems.Add($"LeaseDuration is {LeaseDuration}; permitted are 0.1 s to 10 min.");
        }

        if (MaxBatch is < 1 or > 20_000)
        {
            problems.Add($"MaxBatch is {MaxBatch}; permitted are 1 to 20,000.");
        }

        if (Instance.Length is 0 or > 100 || Instance.Any(c => c is < ' ' or > '~' or '/'))
        {
            problems.Add($"Instance is '{Instance}'; 1 to 100 ASCII characters without a slash are permitted.");
        }

        if (ConsumerGroup.Length is 0 or > 100 || ConsumerGroup.Any(c => c is < ' ' or > '~' or '/'))
        {
            problems.Add($"ConsumerGroup is '{ConsumerGroup}'; 1 to 100 ASCII characters without a slash are permitted.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }
}
