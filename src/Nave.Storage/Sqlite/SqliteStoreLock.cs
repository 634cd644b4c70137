namespace Nave.Storage.Sqlite;

/// <summary>
/// Keeps a second process (or a second store in this one) off the same file. A file of its own, because closing any
/// handle of the database file would drop the locks that SQLite holds on it in this process.
/// </summary>
internal sealed class SqliteStoreLock : IDisposable
{
    private readonly FileStream _file;

    private SqliteStoreLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, which ends with the process at the latest.</summary>
    /// <exception cref="IOException">Another has it.</exception>
    public static SqliteStoreLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            return new SqliteStoreLock(new FileStream(path, SqliteFiles.Private(FileMode.OpenOrCreate)));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new IOException($"{databasePath} is in use: another process holds {path}, or it cannot be locked ({e.Message})", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
