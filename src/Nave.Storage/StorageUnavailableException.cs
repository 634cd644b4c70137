namespace Nave.Storage;

/// <summary>
/// The store takes no writes: the disk is full or the server is away (<see cref="IsTransient"/>), or it has failed for good
/// (then what was being written may or may not be there when the store is opened again), or could not be read.
/// </summary>
public sealed class StorageUnavailableException(string message, bool isTransient, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Gets a value indicating whether writes come back by themselves: once there is space, or the server is there again.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>
    /// Gets a value indicating whether nobody knows if the transaction was applied: the connection to the server was lost
    /// after it was sent. Otherwise, when <see cref="IsTransient"/>, nothing was written.
    /// </summary>
    public bool IsOutcomeUnknown { get; init; }
}
