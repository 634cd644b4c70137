namespace Nave.Fleet.Replication;

/// <summary>How a partition stands.</summary>
/// <param name="Partition">Its id.</param>
/// <param name="Owner">The instance that has its lease; <see langword="null"/> = nobody.</param>
/// <param name="Epoch">How often the lease was taken.</param>
/// <param name="Sequence">The sequence number of the last event that is in the target; -1 = none.</param>
/// <param name="End">The sequence number of the last event in the stream; -1 = none.</param>
/// <param name="LagEvents">How many events are not in the target yet, telemetry too.</param>
/// <param name="LagSeconds">The age of the last event that is in the target, if others wait, in s.</param>
/// <param name="Written">When the checkpoint was written.</param>
public sealed record PartitionStatus(
    string Partition, string? Owner, long Epoch, long Sequence, long End, long LagEvents, double LagSeconds, DateTimeOffset? Written);
