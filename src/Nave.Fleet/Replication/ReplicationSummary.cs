namespace Nave.Fleet.Replication;

/// <summary>What an instance has done, and where the target stands.</summary>
public sealed record ReplicationSummary
{
    /// <summary>Gets how many events were read, telemetry too.</summary>
    public required long Events { get; init; }

    /// <summary>Gets how many events and reads changed a document.</summary>
    public required long Applied { get; init; }

    /// <summary>Gets how many events were known already: repeated, or late.</summary>
    public required long Stale { get; init; }

    /// <summary>Gets how many twins were read from the hub because an event could not be judged alone.</summary>
    public required long Reads { get; init; }

    /// <summary>Gets how many events were set aside.</summary>
    public required long Poison { get; init; }

    /// <summary>Gets how many documents were written.</summary>
    public required long Documents { get; init; }

    /// <summary>Gets how many batches that were.</summary>
    public required long Batches { get; init; }

    /// <summary>Gets how many twins a full read gave; <see langword="null"/> if none was needed.</summary>
    public required long? Bootstrapped { get; init; }

    /// <summary>Gets how many partitions this instance has.</summary>
    public required int Partitions { get; init; }

    /// <summary>Gets how many events of this instance's partitions are not in the target yet.</summary>
    public required long LagEvents { get; init; }

    /// <summary>Gets how far the target is behind: the age of the last event that is in it, in s; 0 if none waits.</summary>
    public required double LagSeconds { get; init; }

    /// <summary>Gets half of the batches' delays from the hub's stream into the target, in ms.</summary>
    public required double DelayP50Ms { get; init; }

    /// <summary>Gets what 99 % of them are not longer than, in ms.</summary>
    public required double DelayP99Ms { get; init; }

    /// <summary>Gets how long it runs, in s.</summary>
    public required double Seconds { get; init; }
}
