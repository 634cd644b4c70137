namespace Nave.Hub.Telemetry;

/// <summary>Reads the event stream of one hub, partition by partition.</summary>
public sealed class EventReader
{
    /// <summary>Gets the number of partitions.</summary>
    public int PartitionCount => throw new NotImplementedException();

    /// <summary>Gets what a partition holds.</summary>
    public Storage.LogPartitionState GetState(int partition) => throw new NotImplementedException();

    /// <summary>Reads events from a sequence number on; an empty list means the end is reached.</summary>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Waits until the partition holds an event with this sequence number or a later one.</summary>
    public ValueTask WaitForAsync(int partition, long sequence, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Finds the first event enqueued at or after a time; the next to come if there is none.</summary>
    public long FindByTime(int partition, DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>Finds the first event at or after an offset; the next to come if there is none.</summary>
    public long FindByOffset(int partition, long offset) => throw new NotImplementedException();
}
