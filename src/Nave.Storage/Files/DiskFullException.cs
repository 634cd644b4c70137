namespace Nave.Storage.Files;

/// <summary>A write needs space that the volume, or the quota, does not have.</summary>
public sealed class DiskFullException(string message, Exception? inner = null) : IOException(message, inner);
