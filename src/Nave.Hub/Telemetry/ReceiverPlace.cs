namespace Nave.Hub.Telemetry;

/// <summary>A receiver's place in a consumer group, until it is disposed or taken.</summary>
public sealed class ReceiverPlace : IDisposable
{
    private readonly PartitionReceivers _partition;

    internal ReceiverPlace(PartitionReceivers partition, IEventReceiver receiver, long? epoch)
    {
        _partition = partition;
        Receiver = receiver;
        Epoch = epoch;
    }

    /// <summary>Gets the receiver.</summary>
    internal IEventReceiver Receiver { get; }

    /// <summary>Gets its epoch, or <see langword="null"/> if it shares the partition with others.</summary>
    internal long? Epoch { get; }

    /// <summary>Gives the place up; one that was taken already is nobody's loss.</summary>
    public void Dispose() => _partition.Remove(this);
}
