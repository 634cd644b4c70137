namespace Nave.Storage;

/// <summary>A record that a state transaction left in the outbox, on its way to the log.</summary>
/// <param name="OutboxSequence">Its place in the outbox, from 1: the log keeps the highest it has stored and skips repeats.</param>
/// <param name="Partition">The partition it belongs to.</param>
/// <param name="Data">The bytes.</param>
public readonly record struct OutboxRecord(long OutboxSequence, int Partition, ReadOnlyMemory<byte> Data);
