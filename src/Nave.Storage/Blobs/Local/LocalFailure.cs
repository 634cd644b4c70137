using Nave.Storage.Files;

namespace Nave.Storage.Blobs.Local;

/// <summary>What the file system's failures mean to a container.</summary>
internal static class LocalFailure
{
    public static bool IsOne(Exception exception) => exception is IOException and not BlobException or UnauthorizedAccessException;

    public static BlobException Of(Exception exception, string path) => exception switch
    {
        UnauthorizedAccessException when Directory.Exists(path) => new(BlobError.Invalid, $"'{path}' is a folder: it has blobs beneath it.", exception),
        UnauthorizedAccessException => new(BlobError.Denied, $"The file system denies access to '{path}'.", exception),
        PathTooLongException => new(BlobError.Invalid, $"'{path}' is too long for the file system.", exception),
        IOException full when SystemDisk.IsFull(full) => new(BlobError.Unavailable, $"The disk of '{path}' is full.", exception),
        _ when Directory.Exists(path) => new(BlobError.Invalid, $"'{path}' is a folder: it has blobs beneath it.", exception),
        _ => new(BlobError.Unavailable, $"'{path}' cannot be used: {exception.Message}", exception),
    };
}
