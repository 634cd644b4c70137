using System.Buffers;

namespace Nave.Storage.Blobs.Local;

/// <summary>Finds the folder of a <c>file:</c> URI and the files of blobs in it, and sees to it that none is elsewhere.</summary>
internal static class LocalFolder
{
    /// <summary>The end of the names of files that are not blobs yet.</summary>
    public const string Unfinished = ".nave-part";

    private static readonly SearchValues<char> s_reservedByWindows = SearchValues.Create(":*?\"<>|");
    private static readonly char s_separator = Path.DirectorySeparatorChar;

    /// <summary>Finds the folder of a URI. It need not exist.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="roots">The folders beneath which it has to be; <see langword="null"/> = anywhere.</param>
    /// <exception cref="BlobException">It is not permitted.</exception>
    public static string Open(Uri uri, IReadOnlyList<string>? roots)
    {
        if (uri.Host.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new BlobException(BlobError.Invalid, "The container's file URI has a host, a query or a fragment; file:///folder is permitted.");
        }

        // LocalPath has escapes resolved: %2e%2e is what '..' is.
        var path = uri.LocalPath;
        if (path.Split('/', s_separator).Any(static segment => segment is "." or "..") || path.Any(char.IsControl) || !Path.IsPathFullyQualified(path))
        {
            throw new BlobException(BlobError.Invalid, "The folder of the container's file URI has a segment '.' or '..', a control character, or is not absolute.");
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (roots is null)
        {
            return folder;
        }

        foreach (var root in roots.Select(static root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))))
        {
            if (folder == root || folder.StartsWith(root == "/" ? root : root + s_separator, StringComparison.Ordinal))
            {
                RefuseLinks(root, folder);
                return folder;
            }
        }

        throw new BlobException(BlobError.Denied, $"The folder '{folder}' is not beneath one that is permitted ({(roots.Count == 0 ? "none is" : string.Join(", ", roots))}).");
    }

    /// <summary>Finds the file of a blob. It need not exist.</summary>
    /// <exception cref="BlobException">The name is not permitted, or a link leads elsewhere.</exception>
    public static string FileOf(string folder, string name)
    {
        BlobNames.Check(name);
        if (name.EndsWith(Unfinished, StringComparison.OrdinalIgnoreCase) || (OperatingSystem.IsWindows() && name.AsSpan().ContainsAny(s_reservedByWindows)))
        {
            throw new BlobException(BlobError.Invalid, $"The blob name '{name}' is not permitted in a folder.");
        }

        var file = Path.Combine(folder, name.Replace('/', s_separator));
        RefuseLinks(folder, file);
        return file;
    }

    // Whoever may write into the folder could otherwise have us read and write anywhere.
    private static void RefuseLinks(string above, string path)
    {
        for (var step = path; step.Length > above.Length; step = Path.GetDirectoryName(step)!)
        {
            if (new FileInfo(step).LinkTarget is not null)
            {
                throw new BlobException(BlobError.Denied, $"'{step}' is a link, which a container does not follow.");
            }
        }
    }
}
