namespace Nave.Client;

/// <summary>What a partition holds at a moment.</summary>
/// <param name="Id">The partition.</param>
/// <param name="BeginSequenceNumber">The oldest event's number.</param>
/// <param name="LastEnqueuedSequenceNumber">The newest event's number; -1 if there never was one.</param>
/// <param name="LastEnqueuedOffset">The newest event's offset; <c>-1</c> if there never was one.</param>
/// <param name="LastEnqueuedTime">When the hub took the newest event, to the millisecond.</param>
/// <param name="IsEmpty">Whether no event is kept.</param>
public sealed record PartitionProperties(
    string Id, long BeginSequenceNumber, long LastEnqueuedSequenceNumber, string LastEnqueuedOffset, DateTimeOffset LastEnqueuedTime, bool IsEmpty);
