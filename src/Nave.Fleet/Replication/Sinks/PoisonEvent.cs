namespace Nave.Fleet.Replication.Sinks;

/// <summary>An event that could not be applied, set aside whole. Stream, partition and sequence number together are unique.</summary>
/// <param name="Stream">The stream that it came from.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="SequenceNumber">Its place there.</param>
/// <param name="EnqueuedTime">When the stream took it.</param>
/// <param name="DeviceId">Whom it names, if anybody.</param>
/// <param name="ModuleId">The module it names, if any.</param>
/// <param name="Operation">Its <c>opType</c>, if it has one.</param>
/// <param name="Reason">Why it could not be applied.</param>
/// <param name="Body">Its body, verbatim.</param>
public sealed record PoisonEvent(
    string Stream,
    string Partition,
    long SequenceNumber,
    DateTimeOffset EnqueuedTime,
    string? DeviceId,
    string? ModuleId,
    string? Operation,
    string Reason,
    ReadOnlyMemory<byte> Body);
