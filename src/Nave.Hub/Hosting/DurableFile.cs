using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Nave.Hub.Hosting;

/// <summary>Files and folders that are there whole or not at all, whenever the power fails.</summary>
public static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Temporary = ".new";

    /// <summary>Makes a folder that only its owner may enter, with those above it.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFolder);
        }
    }

    /// <summary>Replaces a file by text in UTF-8, as <see cref="Write"/> does; its folder is made if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The text.</param>
    /// <param name="worldReadable">Whether everybody may read it; otherwise its owner only.</param>
    /// <exception cref="IOException">It cannot be written; what was there before is still there.</exception>
    public static void WriteText(string path, string text, bool worldReadable = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Write(path, Encoding.UTF8.GetBytes(text), worldReadable);
    }

    /// <summary>Replaces a file: written beside it, synced, renamed over it, and the folder synced.</summary>
    /// <param name="path">The file, with its folder.</param>
    /// <param name="content">What is to be in it.</param>
    /// <param name="worldReadable">Whether everybody may read it; otherwise its owner only.</param>
    /// <exception cref="IOException">It cannot be written; what was there before is still there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, bool worldReadable = false)
    {
        var temporary = path + Temporary;
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = worldReadable ? Readable : OwnerOnly;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Renames a folder within its parent, which is synced.</summary>
    public static void RenameFolder(string from, string to)
    {
        Directory.Move(from, to);
        SyncFolder(Path.GetDirectoryName(to)!);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals names by itself and cannot flush a folder.
        }

        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"{path} could not be opened: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        }

        var failed = Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
        {
            throw new IOException($"{path} could not be synced: {new Win32Exception(error).Message}.");
        }
    }

    /// <summary>Tells who besides the owner may read a file.</summary>
    /// <returns>Group and world bits; none on Windows.</returns>
    public static UnixFileMode ForeignReaders(string path) => OperatingSystem.IsWindows()
        ? UnixFileMode.None
        : File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
