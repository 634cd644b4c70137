using Nave.Storage.Files;

namespace Nave.Storage.Blobs.Local;

/// <summary>Writes a file beside the blob, syncs it and renames it; a writer that dies leaves a file that nobody lists.</summary>
internal sealed class LocalBlobWriter : BlobWriteStream
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _onlyIfAbsent;
    private readonly FileStream _file;

    public LocalBlobWriter(string path, bool onlyIfAbsent)
    {
        _path = path;
        _onlyIfAbsent = onlyIfAbsent;

        // Not made of the blob's name, which may be as long as a file's can be.
        _temporary = Path.Combine(Path.GetDirectoryName(path)!, Guid.NewGuid().ToString("N") + LocalFolder.Unfinished);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 64 * 1024,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(_temporary, options);
    }

    /// <inheritdoc/>
    protected override async ValueTask WriteCoreAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            throw LocalFailure.Of(e, _path);
        }
    }

    /// <inheritdoc/>
    protected override async Task CommitCoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _file.FlushAsync(cancellationToken).ConfigureAwait(false);
            await Task.Run(Publish, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException e) when (_onlyIfAbsent && File.Exists(_path) && e is not BlobException)
        {
            throw new BlobException(BlobError.Exists, $"'{_path}' is there already.", e);
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            throw LocalFailure.Of(e, _path);
        }
    }

    /// <inheritdoc/>
    protected override void Abort()
    {
        try
        {
            _file.Dispose();
            File.Delete(_temporary);
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            // A full or failing disk: the file is none of the blobs, and goes after a week.
        }
    }

    private void Publish()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(_temporary, _path, overwrite: !_onlyIfAbsent);
        SystemDisk.Instance.SyncDirectory(Path.GetDirectoryName(_path)!);
    }
}
