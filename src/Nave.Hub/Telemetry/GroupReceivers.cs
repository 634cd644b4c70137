namespace Nave.Hub.Telemetry;

/// <summary>A consumer group and who reads in it, by partition.</summary>
internal sealed class GroupReceivers(ConsumerGroup group, int partitions)
{
    private readonly PartitionReceivers[] _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new PartitionReceivers())];

    /// <summary>Gets the group.</summary>
    public ConsumerGroup Group { get; } = group;

    /// <summary>Gets who reads a partition.</summary>
    public PartitionReceivers this[int partition] => _partitions[partition];

    /// <summary>Ends all receivers, and refuses all that come.</summary>
    public void Close(ReceiverEnd reason, string message)
    {
        foreach (var partition in _partitions)
        {
            partition.Close(reason, message);
        }
    }
}
