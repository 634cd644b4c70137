namespace Nave.Storage;

/// <summary>
/// The store takes no writes: the disk is full (<see cref="IsTransient"/>; nothing was written) or has failed for good
/// (then what was being written may or may not be there when the store is opened again), or could not be read.
/// </summary>
public sealed class StorageUnavailableException(string message, bool isTransient, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Gets a value indicating whether writes come back by themselves once there is space.</summary>
    public bool IsTransient { get; } = isTransient;
}
