namespace Nave.Storage;

/// <summary>One record as it was read.</summary>
/// <param name="SequenceNumber">The place in the partition, from 0.</param>
/// <param name="Offset">The byte offset in the partition: opaque, only grows.</param>
/// <param name="Enqueued">When it was appended, to the millisecond.</param>
/// <param name="Data">The bytes; valid until the batch is disposed.</param>
public readonly record struct LogRecord(long SequenceNumber, long Offset, DateTimeOffset Enqueued, ReadOnlyMemory<byte> Data);
