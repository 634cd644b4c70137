namespace Nave.Hub.Twins;

/// <summary>A twin as it was committed last.</summary>
/// <param name="StoreVersion">The version that a write has to expect.</param>
/// <param name="Document">The twin.</param>
/// <param name="Bytes">How much the encoded twin takes.</param>
internal sealed record CachedTwin(long StoreVersion, TwinDocument Document, int Bytes);
