using System.Runtime.CompilerServices;
using Nave.Storage.Files;

namespace Nave.Storage.Blobs.Local;

/// <summary>
/// A folder, with a file for each blob and a folder for each segment of its name. Unlike in Azure, a blob <c>a</c> and a blob
/// <c>a/b</c> cannot both be. The folder is made with the first blob; until then the container is empty.
/// </summary>
internal sealed class LocalBlobContainer(string folder, BlobContainerOptions options) : IBlobContainer
{
    // As long as Azure keeps blocks that nobody commits.
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public Uri Address { get; } = new($"file://{(folder.StartsWith('/') ? "" : "/")}{folder.Replace('\\', '/')}");

    /// <inheritdoc/>
    public Task<BlobItem?> FindAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(LocalFolder.FileOf(folder, name));
        return Task.FromResult(file.Exists ? ItemOf(name, file) : null);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        var path = LocalFolder.FileOf(folder, name);
        if (!File.Exists(path))
        {
            return Task.FromResult<Stream?>(null);
        }

        try
        {
            // Whoever replaces or deletes the blob meanwhile leaves us the file that we have.
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
            file.Position = Math.Min(offset, file.Length);
            return Task.FromResult<Stream?>(new LocalBlobReader(file, length ?? long.MaxValue));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            throw LocalFailure.Of(e, path);
        }
    }

    /// <inheritdoc/>
    public Task<BlobWriteStream> OpenWriteAsync(string name, BlobWriteOptions writeOptions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writeOptions);
        cancellationToken.ThrowIfCancellationRequested();
        var path = LocalFolder.FileOf(folder, name);
        try
        {
            var parent = Path.GetDirectoryName(path)!;
            CreateFolders(parent);
            RemoveAbandoned(parent);
            return Task.FromResult<BlobWriteStream>(new LocalBlobWriter(path, writeOptions.OnlyIfAbsent));
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            throw LocalFailure.Of(e, path);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var (name, file) in Walk(folder, "", prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Exists)
            {
                yield return ItemOf(name, file);
            }
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = LocalFolder.FileOf(folder, name);
        if (!File.Exists(path))
        {
            return Task.FromResult(false);
        }

        try
        {
            File.Delete(path);
            SystemDisk.Instance.SyncDirectory(Path.GetDirectoryName(path)!);
            return Task.FromResult(true);
        }
        catch (Exception e) when (LocalFailure.IsOne(e))
        {
            throw LocalFailure.Of(e, path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static BlobItem ItemOf(string name, FileInfo file) => new(name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));

    // In the order of names: a folder's place is that of its name with the slash. What is a link is not ours.
    private static IEnumerable<(string Name, FileInfo File)> Walk(string directory, string above, string prefix)
    {
        if (!Directory.Exists(directory))
        {
            yield break;
        }

        var entries = new List<(string Name, FileSystemInfo Entry)>();
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            var name = above + entry.Name + (entry is DirectoryInfo ? "/" : "");
            var wanted = name.StartsWith(prefix, StringComparison.Ordinal) || (entry is DirectoryInfo && prefix.StartsWith(name, StringComparison.Ordinal));
            if (wanted && entry.LinkTarget is null && !entry.Name.EndsWith(LocalFolder.Unfinished, StringComparison.OrdinalIgnoreCase))
            {
                entries.Add((name, entry));
            }
        }

        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var (name, entry) in entries)
        {
            if (entry is FileInfo file)
            {
                yield return (name, file);
                continue;
            }

            foreach (var below in Walk(entry.FullName, name, prefix))
            {
                yield return below;
            }
        }
    }

    private void CreateFolders(string path)
    {
        var missing = new Stack<string>();
        for (var step = path; !Directory.Exists(step); step = Path.GetDirectoryName(step)!)
        {
            missing.Push(step);
        }

        foreach (var step in missing)
        {
            // What is in containers may be secret: of the folders that we make, only the owner may enter.
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(step);
            }
            else
            {
                Directory.CreateDirectory(step, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            SystemDisk.Instance.SyncDirectory(Path.GetDirectoryName(step)!);
        }
    }

    private void RemoveAbandoned(string directory)
    {
        var before = options.Time.GetUtcNow().UtcDateTime - s_abandonedAfter;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*" + LocalFolder.Unfinished))
        {
            if (file.LastWriteTimeUtc < before)
            {
                file.Delete();
            }
        }
    }
}
