namespace Nave.Storage;

/// <summary>What one partition holds.</summary>
/// <param name="FirstSequence">The oldest sequence number kept; equal to <paramref name="NextSequence"/> when empty.</param>
/// <param name="NextSequence">The sequence number that the next record gets; the last record has this minus one.</param>
/// <param name="LastOffset">The offset of the last record, -1 if there has never been one.</param>
/// <param name="LastEnqueued">When the last record was appended; the minimum value if there has never been one.</param>
public readonly record struct LogPartitionState(long FirstSequence, long NextSequence, long LastOffset, DateTimeOffset LastEnqueued);
