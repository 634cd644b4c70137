namespace Nave.Storage.Files;

/// <summary>
/// The file system as the log uses it, so that a test can stand in for it and lose power, fill up or fail. All calls are
/// synchronous. Every call may throw <see cref="IOException"/>; one that needs space that is not there throws
/// <see cref="DiskFullException"/>.
/// </summary>
public interface IDisk
{
    /// <summary>Makes a directory and those above it; nothing happens if it is there.</summary>
    void CreateDirectory(string path);

    /// <summary>Opens a file at a full path.</summary>
    /// <exception cref="FileNotFoundException">It is not there and <paramref name="mode"/> does not create it.</exception>
    IDiskFile Open(string path, DiskOpenMode mode);

    /// <summary>Makes a file full of zeros in place of whatever has the name, and its content durable.</summary>
    IDiskFile CreateZeroed(string path, long length, CancellationToken cancellationToken);

    /// <summary>Says whether a file is there.</summary>
    bool Exists(string path);

    /// <summary>Renames a file within its directory, replacing what has the new name. Durable after <see cref="SyncDirectory"/>.</summary>
    void Rename(string path, string newPath);

    /// <summary>Deletes a file; nothing happens if it is not there. Durable after <see cref="SyncDirectory"/>.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a directory durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Lists the names (without the directory) of the files in a directory, in no order.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Gets the bytes that this process may still write on the volume of a directory.</summary>
    long GetFreeBytes(string directory);

    /// <summary>Takes a lock that no other process, nor a second caller in this one, can hold at the same time.</summary>
    /// <returns>What gives the lock back, or <see langword="null"/> if somebody else has it.</returns>
    IDisposable? TryLock(string path);
}
