using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Nave.Storage.Files;

/// <summary>A file of the machine, by handle.</summary>
internal sealed class SystemDiskFile(SafeFileHandle handle, string path) : IDiskFile
{
    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> buffer, long position)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[total..], position + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> buffer, long position)
    {
        try
        {
            RandomAccess.Write(handle, buffer, position);
        }
        catch (IOException e) when (SystemDisk.IsFull(e))
        {
            throw Full(e);
        }
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> parts, long position)
    {
        try
        {
            RandomAccess.Write(handle, parts, position);
        }
        catch (IOException e) when (SystemDisk.IsFull(e))
        {
            throw Full(e);
        }
    }

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (IOException e) when (SystemDisk.IsFull(e))
        {
            throw Full(e);
        }
    }

    public void SyncData()
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
        }
        else if (Libc.Fdatasync(handle) < 0)
        {
            throw new IOException($"'{path}' cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    public void Dispose() => handle.Dispose();

    private DiskFullException Full(IOException inner) => new($"No space to write '{path}'.", inner);
}
