using Nave.Fleet.Replication;

namespace Nave.Cli.Commands;

/// <summary>What <c>nave replicate status -o json</c> prints.</summary>
internal sealed record ReplicateStatusReport(
    long Documents,
    long Deleted,
    DateTimeOffset? Bootstrapped,
    long LagEvents,
    double LagSeconds,
    IReadOnlyList<string> Instances,
    IReadOnlyList<PartitionStatus> Partitions,
    long PoisonCount,
    IReadOnlyList<ReplicatePoison> Poison)
{
    public static ReplicateStatusReport Of(ReplicationStatus status) => new(
        status.Documents, status.Deleted, status.Bootstrapped, status.LagEvents, status.LagSeconds, status.Instances, status.Partitions, status.PoisonCount,
        [.. status.Poison.Select(each => new ReplicatePoison(each.Partition, each.SequenceNumber, each.EnqueuedTime, each.DeviceId, each.ModuleId, each.Operation, each.Reason))]);
}
