using Nave.Storage.Blobs.Azure;
using Nave.Storage.Blobs.Local;

namespace Nave.Storage.Blobs;

/// <summary>
/// Opens containers by their URI: <c>https://account.blob.core.windows.net/container?sv=…&amp;sig=…</c> (a shared access signature
/// of a container; <c>http:</c> on this machine, for emulators) or <c>file:///folder</c>.
/// </summary>
public static class BlobContainers
{
    // A link would lead out of the folder: what it leads to is not the container's.
    private static readonly EnumerationOptions s_withoutLinks =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Opens a container. Nothing is read or written yet.</summary>
    /// <param name="uri">Its URI.</param>
    /// <param name="options">How to speak to it.</param>
    /// <exception cref="BlobException"><see cref="BlobError.Invalid"/>: the URI is not one of a container. <see cref="BlobError.Denied"/>: the folder is not beneath a permitted one.</exception>
    public static IBlobContainer Open(string uri, BlobContainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ListPageSize, 1);
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || uri.StartsWith('/'))
        {
            throw new BlobException(BlobError.Invalid, "The container's URI is not an absolute URI; https://…/container?sv=…&sig=… or file:///folder is.");
        }

        return parsed.Scheme switch
        {
            "https" or "http" => new AzureBlobContainer(BlobAddress.Parse(parsed, options.AllowHttp), options),
            "file" => new LocalBlobContainer(LocalFolder.Open(parsed, options.FileRoots), options),
            _ => throw new BlobException(BlobError.Invalid, $"The scheme '{parsed.Scheme}' of the container's URI is not 'https' or 'file'."),
        };
    }

    /// <summary>
    /// Removes what writers that died have left in a container, for one who knows that nobody writes there now: in a folder files that
    /// nobody lists. What was not committed to an account can be read by nobody, and is forgotten there after a week.
    /// </summary>
    /// <param name="uri">The container's URI.</param>
    /// <param name="options">How to speak to it.</param>
    /// <exception cref="BlobException">The URI is not one of a container that is permitted.</exception>
    public static void RemoveUnfinished(string uri, BlobContainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || parsed.Scheme != "file")
        {
            return;
        }

        var folder = LocalFolder.Open(parsed, options.FileRoots);
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + LocalFolder.Unfinished, s_withoutLinks))
            {
                File.Delete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no such folder, or its disk has failed: then whoever writes next is told.
        }
    }
}
