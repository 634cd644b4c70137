using System.Runtime.InteropServices;

namespace Nave.Storage.Files;

/// <summary>The file system of the machine.</summary>
public sealed class SystemDisk : IDisk
{
    private const int ErrorNoSpace = 28; // ENOSPC, as .NET leaves it in IOException.HResult on Unix
    private const int ErrorQuota = 122; // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>Gets the only instance; it has no state.</summary>
    public static SystemDisk Instance { get; } = new();

    /// <inheritdoc/>
    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        try
        {
            // FileShare without restriction: .NET would emulate the others with flock, which the lock file is for.
            var handle = File.OpenHandle(
                path,
                mode == DiskOpenMode.Create ? FileMode.Create : FileMode.Open,
                mode == DiskOpenMode.Read ? FileAccess.Read : FileAccess.ReadWrite,
                FileShare.ReadWrite | FileShare.Delete);
            return new SystemDiskFile(handle, path);
        }
        catch (IOException e) when (IsFull(e))
        {
            throw new DiskFullException($"No space to create '{path}'.", e);
        }
    }

    /// <inheritdoc/>
    public IDiskFile CreateZeroed(string path, long length, CancellationToken cancellationToken)
    {
        try
        {
            ZeroFill.Create(path, length, cancellationToken);
            return Open(path, DiskOpenMode.ReadWrite);
        }
        catch (IOException e) when (IsFull(e))
        {
            throw new DiskFullException($"No space for the {length} bytes of '{path}'.", e);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public void Rename(string path, string newPath) => File.Move(path, newPath, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals names; a directory handle cannot be flushed.
        }

        var descriptor = Libc.Open(path, Libc.ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"Directory '{path}' cannot be opened to sync it: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        var result = Libc.Fsync(descriptor);
        var message = result < 0 ? Marshal.GetLastPInvokeErrorMessage() : null;
        _ = Libc.Close(descriptor);
        if (message is not null)
        {
            throw new IOException($"Directory '{path}' cannot be synced: {message}.");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))] : [];

    /// <inheritdoc/>
    public long GetFreeBytes(string directory) => new DriveInfo(directory).AvailableFreeSpace;

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && !IsFull(e))
        {
            return null;
        }
    }

    internal static bool IsFull(IOException e) => e.HResult is ErrorNoSpace or ErrorQuota or WindowsDiskFull;
}
