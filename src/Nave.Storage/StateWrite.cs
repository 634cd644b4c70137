namespace Nave.Storage;

/// <summary>One write of a transaction.</summary>
public readonly record struct StateWrite(
    StateWriteKind Kind, string Collection, string Key, long ExpectedVersion, ReadOnlyMemory<byte> Body, IReadOnlyList<StateTerm>? Terms);
