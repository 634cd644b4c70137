using System.Collections.Concurrent;
using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <summary>
/// Takes files in the place of a storage account: as much of Azure's Put Blob, Put Block and Put Block List as its clients use to
/// upload. Blocks are files in the hub's folder until the list of them is put; then the container has the blob, whole or not at
/// all. Thread-safe.
/// </summary>
internal sealed class ServedUploads(string folder)
{
    // The hub's own store and log are on this disk as a rule: files of devices never take the last of it.
    private const long MinFreeBytes = 256L << 20;

    private static readonly UploadError s_full = new(503, "ServerBusy", $"The hub's disk has less than {MinFreeBytes >> 20} MiB left.");

    private readonly ConcurrentDictionary<string, StagedUpload> _staged = new(StringComparer.Ordinal);

    /// <summary>Takes a block of an upload.</summary>
    public async ValueTask<UploadError?> PutBlockAsync(string correlationId, string blockId, Stream body, long limit, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        return IsFull()
            ? s_full
            : await _staged.GetOrAdd(correlationId, id => new StagedUpload(Path.Combine(folder, id))).PutAsync(blockId, body, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a blob of blocks.</summary>
    public async ValueTask<UploadError?> PutBlockListAsync(
        string correlationId, IReadOnlyList<string> blockIds, IBlobContainer container, string blobName, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        var staged = _staged.GetOrAdd(correlationId, id => new StagedUpload(Path.Combine(folder, id)));
        if (staged.Find(blockIds) is not { } files)
        {
            return new UploadError(400, "InvalidBlockList", "The list has a block that was not put.");
        }

        if (IsFull())
        {
            return s_full;
        }

        await using var writer = await container.OpenWriteAsync(blobName, options, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            await using var block = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
            await block.CopyToAsync(writer, cancellationToken).ConfigureAwait(false);
        }

        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Makes a blob of one body.</summary>
    public async ValueTask<UploadError?> PutBlobAsync(
        Stream body, long limit, IBlobContainer container, string blobName, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        if (IsFull())
        {
            return s_full;
        }

        await using var writer = await container.OpenWriteAsync(blobName, options, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (writer.Length + read > limit)
            {
                return new UploadError(413, "RequestBodyTooLarge", $"The file has more than the {limit} bytes that the hub permits.");
            }

            await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }

        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Forgets the blocks of an upload.</summary>
    public void Forget(string correlationId)
    {
        _staged.TryRemove(correlationId, out _);
        var path = Path.Combine(folder, correlationId);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Finds the uploads that have blocks.</summary>
    /// <returns>Their correlation ids.</returns>
    public IReadOnlyList<string> FindStaged() =>
        Directory.Exists(folder) ? [.. new DirectoryInfo(folder).EnumerateDirectories().Select(static path => path.Name)] : [];

    private bool IsFull() => new DriveInfo(Path.GetFullPath(Path.GetDirectoryName(folder)!)).AvailableFreeSpace < MinFreeBytes;
}
