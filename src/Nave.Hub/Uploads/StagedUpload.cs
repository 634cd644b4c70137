using System.Security.Cryptography;

namespace Nave.Hub.Uploads;

/// <summary>The blocks of one upload that were put and are not a blob yet: a folder with a file for each. Thread-safe.</summary>
internal sealed class StagedUpload
{
    // Azure's limits: a blob's blocks, and a block id's bytes.
    private const int MaxBlocks = 50_000;
    private const int MaxIdBytes = 64;
    private const string Unfinished = ".part";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _blocks = new(StringComparer.Ordinal);
    private readonly string _folder;
    private long _total;

    /// <summary>Initializes a new instance of the <see cref="StagedUpload"/> class, with what is in the folder.</summary>
    public StagedUpload(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (file.Name.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                file.Delete();
            }
            else
            {
                _blocks[file.Name] = file.Length;
                _total += file.Length;
            }
        }
    }

    /// <summary>Takes a block; one of the same id is replaced.</summary>
    /// <param name="id">The block's id, Base64 as the client gives it.</param>
    /// <param name="body">Its bytes.</param>
    /// <param name="limit">The most bytes that all blocks may have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<UploadError?> PutAsync(string id, Stream body, long limit, CancellationToken cancellationToken)
    {
        if (!TryName(id, out var name))
        {
            return new UploadError(400, "InvalidBlobOrBlock", $"The block id is not Base64 of 1 to {MaxIdBytes} bytes.");
        }

        lock (_lock)
        {
            if (_blocks.Count >= MaxBlocks && !_blocks.ContainsKey(name))
            {
                return new UploadError(409, "BlockCountExceedsLimit", $"The upload has {MaxBlocks} blocks; no more are permitted.");
            }
        }

        var temporary = Path.Combine(_folder, Convert.ToHexString(RandomNumberGenerator.GetBytes(8)) + Unfinished);
        long length = 0;
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
            {
                var buffer = new byte[64 * 1024];
                int read;
                while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    // Reserved before it is written, so that blocks beside each other cannot exceed it together.
                    length += read;
                    if (Interlocked.Add(ref _total, read) > limit)
                    {
                        return new UploadError(413, "RequestBodyTooLarge", $"The file has more than the {limit} bytes that the hub permits.");
                    }

                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
            }

            lock (_lock)
            {
                File.Move(temporary, Path.Combine(_folder, name), overwrite: true);
                Interlocked.Add(ref _total, -_blocks.GetValueOrDefault(name));
                _blocks[name] = length;
                length = 0;
            }

            return null;
        }
        finally
        {
            Interlocked.Add(ref _total, -length);
            File.Delete(temporary);
        }
    }

    /// <summary>Finds the files of blocks, in the order of their ids.</summary>
    /// <returns>The files; or <see langword="null"/> if a block is not there.</returns>
    public IReadOnlyList<string>? Find(IReadOnlyList<string> ids)
    {
        var files = new List<string>(ids.Count);
        lock (_lock)
        {
            foreach (var id in ids)
            {
                if (!TryName(id, out var name) || !_blocks.ContainsKey(name))
                {
                    return null;
                }

                files.Add(Path.Combine(_folder, name));
            }
        }

        return files;
    }

    private static bool TryName(string id, out string name)
    {
        Span<byte> bytes = stackalloc byte[MaxIdBytes];
        if (Convert.TryFromBase64String(id, bytes, out var length) && length > 0)
        {
            name = Convert.ToHexString(bytes[..length]);
            return true;
        }

        name = "";
        return false;
    }
}
