namespace Nave.Storage;

/// <summary>A document as it was committed last.</summary>
/// <param name="Key">Its key, unique in the collection.</param>
/// <param name="Version">
/// Changes with every write and is never used twice in a store, so a deleted and re-created document has another one.
/// </param>
/// <param name="Body">The bytes.</param>
public sealed record StateDocument(string Key, long Version, ReadOnlyMemory<byte> Body);
