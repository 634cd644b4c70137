using Nave.Storage.Files;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>
/// A file of devices that is written anew as a whole: beside the old one, synced, then renamed, so that a reader or a loss of power sees
/// either. Changes that come together are written together. A file that somebody else wrote meanwhile is read again.
/// </summary>
/// <param name="path">The full path.</param>
/// <param name="format">The form.</param>
internal sealed class DeviceFile(string path, IDeviceFileFormat format) : IDisposable
{
    private const int MaxTries = 5;

    private readonly SystemDisk _disk = new();
    private readonly SemaphoreSlim _writer = new(1);
    private readonly Lock _gate = new();
    private readonly List<FileChange> _waiting = [];

    /// <summary>Opens the file for reading.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public FileStream OpenRead() => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
    });

    /// <summary>Makes a change.</summary>
    /// <returns>Whether the device was there; the change was not made if it is new and was, or is not new and was not.</returns>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="DeviceFileException">The file is malformed.</exception>
    public async Task<bool> ChangeAsync(FileChange change, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting.Add(change);
        }

        try
        {
            await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                // If another took it along, it is made all the same.
                _waiting.Remove(change);
            }

            throw;
        }

        try
        {
            while (!change.Done.IsCompleted)
            {
                await WriteAsync(Take()).ConfigureAwait(false);
            }
        }
        finally
        {
            _writer.Release();
        }

        return await change.Done.ConfigureAwait(false);
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Takes what waits, one change of a device at most.</summary>
    private Dictionary<string, FileChange> Take()
    {
        var changes = new Dictionary<string, FileChange>(StringComparer.Ordinal);
        lock (_gate)
        {
            _waiting.RemoveAll(change => changes.TryAdd(change.Key, change));
        }

        return changes;
    }

    // Not to be broken off: changes of several callers are in it.
    private async Task WriteAsync(Dictionary<string, FileChange> changes)
    {
        try
        {
            for (var attempt = 1; !await TryWriteAsync(changes).ConfigureAwait(false); attempt++)
            {
                if (attempt == MaxTries)
                {
                    throw new IOException($"{path} is written by others all the time.");
                }
            }
        }
        catch (Exception e)
        {
            foreach (var change in changes.Values)
            {
                change.Fail(e);
            }

            return;
        }

        foreach (var change in changes.Values)
        {
            change.Complete();
        }
    }

    private async Task<bool> TryWriteAsync(Dictionary<string, FileChange> changes)
    {
        // A link is kept, and what it leads to replaced.
        var target = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        var beside = Path.Combine(Path.GetDirectoryName(target) ?? ".", $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        foreach (var change in changes.Values)
        {
            change.WasThere = false;
        }

        try
        {
            var before = Stamp.Of(target);
            var names = changes.Values.SelectMany(change => change.Device?.Fields.Keys ?? []).ToHashSet(StringComparer.Ordinal);
            await using (var old = before.Exists ? OpenRead() : null)
            await using (var stream = Create(beside, target, before.Exists))
            {
                await format.RewriteAsync(old, stream, names, Change, Added, CancellationToken.None).ConfigureAwait(false);
                await stream.FlushAsync().ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            if (Stamp.Of(target) != before)
            {
                return false;
            }

            File.Move(beside, target, overwrite: true);
            _disk.SyncDirectory(Path.GetDirectoryName(target) ?? ".");
            return true;
        }
        finally
        {
            File.Delete(beside);
        }

        ExternalDevice? Change(ExternalDevice device)
        {
            if (!changes.TryGetValue(device.Key, out var change))
            {
                return device;
            }

            change.WasThere = true;
            return change.IsNew ? device : change.Device;
        }

        IEnumerable<ExternalDevice> Added() => changes.Values.Where(change => change.IsNew && !change.WasThere).Select(change => change.Device).OfType<ExternalDevice>();
    }

    private static FileStream Create(string beside, string target, bool exists)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 64 * 1024 };
        if (exists && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File.GetUnixFileMode(target);
        }

        return new FileStream(beside, options);
    }

    /// <summary>What tells one version of a file from another.</summary>
    private readonly record struct Stamp(bool Exists, long Length, DateTime Written)
    {
        public static Stamp Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new Stamp(true, file.Length, file.LastWriteTimeUtc) : default;
        }
    }
}
