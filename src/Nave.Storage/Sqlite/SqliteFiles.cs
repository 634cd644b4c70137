namespace Nave.Storage.Sqlite;

/// <summary>The database file, before SQLite opens it.</summary>
internal static class SqliteFiles
{
    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Options of a file that only its owner may read: identities and keys are in it.</summary>
    public static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>
    /// Makes the file if it is missing: SQLite gives its WAL the same mode, and syncs the folder when it makes that, so
    /// both names are durable with the first commit. When the power went while the first tables were made, its journal is
    /// beside it: SQLite puts the file right before it reads it.
    /// </summary>
    /// <exception cref="InvalidDataException">There is a file, and it is not one of SQLite.</exception>
    public static void CreateOrVerify(string path)
    {
        using var file = new FileStream(path, Private(FileMode.OpenOrCreate));
        Span<byte> start = stackalloc byte[Magic.Length];
        if (file.Length != 0 && !File.Exists(path + "-journal") && (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.SequenceEqual(Magic)))
        {
            throw new InvalidDataException($"{path} is not a state store of Nave: it is not an SQLite database, or its start is damaged.");
        }
    }
}
