namespace Nave.Storage;

/// <summary>An entry of the outbox.</summary>
/// <param name="Sequence">Its place, from 1; follows the order of commits.</param>
/// <param name="Topic">What the writer said it is for, such as a partition key.</param>
/// <param name="Body">The bytes.</param>
public sealed record OutboxEntry(long Sequence, string Topic, ReadOnlyMemory<byte> Body);
