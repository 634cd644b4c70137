using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>Decides when the write-ahead log is copied into the database. Only the writer thread uses it.</summary>
internal sealed class SqliteCheckpointer
{
    // A log this many times too long, because readers were always at work in it, makes the writer wait for them for once.
    private const int PatienceFactor = 4;

    private static readonly TimeSpan s_readerPatience = TimeSpan.FromMilliseconds(250);

    private readonly SqliteDatabase _database;
    private readonly long _threshold;
    private long _pages;
    private bool _tooLong;

    public SqliteCheckpointer(SqliteDatabase database, long bytes)
    {
        _database = database;
        _threshold = Math.Max(1, bytes / database.QueryInt64("PRAGMA page_size", "read the page size"));
        _ = database.TakePagesWritten();
    }

    /// <summary>Copies the log if enough was written since the last time, or at once.</summary>
    /// <exception cref="SqliteFailure">It could not be copied; what it holds is still durable and visible.</exception>
    public void AfterCommit(bool force)
    {
        _pages += _database.TakePagesWritten();
        if (_pages < _threshold && !force)
        {
            return;
        }

        _pages = 0; // Whatever comes of it, the next attempt is as far away again.
        if (!_tooLong)
        {
            _database.Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE, out var walPages, out _);
            _tooLong = walPages > PatienceFactor * _threshold;
            return;
        }

        _database.SetBusyTimeout(s_readerPatience);
        try
        {
            _tooLong = !_database.Checkpoint(raw.SQLITE_CHECKPOINT_RESTART, out _, out _);
        }
        finally
        {
            _database.SetBusyTimeout(SqliteStateStore.BusyTimeout);
            _ = _database.TakePagesWritten();
        }
    }
}
