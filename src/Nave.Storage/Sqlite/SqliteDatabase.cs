using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>One connection. Used by one thread at a time: SQLite's own mutexes are off.</summary>
public sealed class SqliteDatabase : IDisposable
{
    // sqlite3_db_status: pages written, in WAL mode to the WAL.
    private const int StatusCacheWrite = 9;

    private readonly sqlite3 _handle;
    private readonly List<SqliteStatement> _statements = [];

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Gets a value indicating whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Opens a file that exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="readOnly">Whether it is only read.</param>
    /// <param name="fileSystem">SQLite's name of the layer under it; <see langword="null"/> = its own.</param>
    /// <exception cref="SqliteFailure">It cannot be opened.</exception>
    public static SqliteDatabase Open(string path, bool readOnly, string? fileSystem = null)
    {
        _ = SqliteLibrary.IsSystem;
        var flags = (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE) | raw.SQLITE_OPEN_NOMUTEX;
        var code = raw.sqlite3_open_v2(path, out var handle, flags, fileSystem);
        if (code != raw.SQLITE_OK)
        {
            var failure = SqliteFailure.Of(code, raw.sqlite3_errmsg(handle).utf8_to_string(), $"open {path}");
            handle.Dispose();
            throw failure;
        }

        return new SqliteDatabase(handle);
    }

    /// <summary>Runs statements whose rows are of no interest.</summary>
    public void Execute(string sql, string action)
    {
        if (raw.sqlite3_exec(_handle, sql) != raw.SQLITE_OK)
        {
            throw Failure(action);
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="action">What it does, for messages: SQLite could not …</param>
    public SqliteStatement Prepare(string sql, string action)
    {
        var statement = PrepareOnce(sql, action);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Prepares a statement that its user disposes.</summary>
    public SqliteStatement PrepareOnce(string sql, string action)
    {
        if (raw.sqlite3_prepare_v2(_handle, sql, out var statement) != raw.SQLITE_OK)
        {
            throw Failure(action);
        }

        return new SqliteStatement(this, statement, action);
    }

    public long QueryInt64(string sql, string action)
    {
        using var statement = PrepareOnce(sql, action);
        return statement.Step() ? statement.GetInt64(0) : 0;
    }

    public string QueryText(string sql, string action)
    {
        using var statement = PrepareOnce(sql, action);
        return statement.Step() ? statement.GetText(0) : "";
    }

    public void SetBusyTimeout(TimeSpan time) => _ = raw.sqlite3_busy_timeout(_handle, (int)time.TotalMilliseconds);

    /// <summary>Makes the statement that runs now, if any, end with SQLITE_INTERRUPT. Any thread may call it.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Gets how many pages were written since the last call.</summary>
    public int TakePagesWritten()
    {
        _ = raw.sqlite3_db_status(_handle, StatusCacheWrite, out var pages, out _, 1);
        return pages;
    }

    /// <summary>Copies the WAL into the file.</summary>
    /// <param name="mode">raw.SQLITE_CHECKPOINT_….</param>
    /// <param name="walPages">The pages in the WAL.</param>
    /// <param name="copiedPages">How many of them are in the file now.</param>
    /// <returns>False if a reader or another program was in the way.</returns>
    public bool Checkpoint(int mode, out int walPages, out int copiedPages)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out walPages, out copiedPages);
        if (code is not raw.SQLITE_OK and not raw.SQLITE_BUSY)
        {
            throw Failure("copy the write-ahead log into the database");
        }

        return code == raw.SQLITE_OK;
    }

    public SqliteFailure Failure(string action) =>
        SqliteFailure.Of(raw.sqlite3_extended_errcode(_handle), raw.sqlite3_errmsg(_handle).utf8_to_string(), action);

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _statements.Clear();
        _handle.Dispose();
    }
}
