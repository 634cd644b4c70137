namespace Nave.Fleet.Replication.Running;

/// <summary>A partition's lease and checkpoint, as they stand in the target.</summary>
internal sealed record PartitionRecord
{
    /// <summary>Gets who has the lease; <see langword="null"/> = nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Gets how often the lease was taken: the owner level with which the partition is read.</summary>
    public long Epoch { get; init; }

    /// <summary>Gets when the lease ends unless it is renewed.</summary>
    public DateTimeOffset Expires { get; init; }

    /// <summary>Gets the sequence number of the last event that is in the target; -1 = none.</summary>
    public long Sequence { get; init; } = -1;

    /// <summary>Gets that event's offset.</summary>
    public string? Offset { get; init; }

    /// <summary>Gets when the stream took that event.</summary>
    public DateTimeOffset? Enqueued { get; init; }

    /// <summary>Gets when the checkpoint was written.</summary>
    public DateTimeOffset? Written { get; init; }

    /// <summary>Tells whether another may take it.</summary>
    public bool IsFree(string instance, DateTimeOffset now) => Owner is null || Owner == instance || Expires <= now;
}
