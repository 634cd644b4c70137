namespace Nave.Storage.Sqlite;

/// <summary>A rented read connection; disposing it gives it back.</summary>
internal readonly struct SqliteReaderLease(SqliteReaderPool pool, SqliteReader reader) : IDisposable
{
    public SqliteReader Reader => reader;

    public void Dispose() => pool.Return(reader);
}
