using Microsoft.Win32.SafeHandles;

namespace Nave.Fleet.Sorting;

/// <summary>
/// A temporary file of records, written once from its start and then read anywhere. Nobody else sees it, and it is gone with the process,
/// however that ends: on Unix it has no name any more once it is open.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;
    private long _written;

    public SpoolFile()
    {
        _path = Path.Combine(Path.GetTempPath(), $"nave-sync-{Guid.NewGuid():n}");
        if (OperatingSystem.IsWindows())
        {
            _handle = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
            return;
        }

        // Tags may hold secrets: mode 0600 before the first byte.
        using (new FileStream(_path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
        }

        _handle = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.Delete(_path);
    }

    /// <summary>Gets the number of bytes appended.</summary>
    public long Length => _written + _used;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            Flush();
            if (bytes.Length >= _buffer.Length)
            {
                RandomAccess.Write(_handle, bytes, _written);
                _written += bytes.Length;
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    /// <summary>Makes what was appended readable.</summary>
    public void Flush()
    {
        RandomAccess.Write(_handle, _buffer.AsSpan(0, _used), _written);
        _written += _used;
        _used = 0;
    }

    /// <summary>Reads what was flushed, as much as there is.</summary>
    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(_handle, buffer, offset);

    public void Dispose() => _handle.Dispose();
}
