namespace Nave.Storage;

/// <summary>One entry for the outbox.</summary>
public readonly record struct StateOutboxWrite(string Topic, ReadOnlyMemory<byte> Body);
