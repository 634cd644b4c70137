using System.Buffers;
using System.Diagnostics;
using System.Text;
using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>A prepared statement, kept for the life of its connection. Parameters count from 1, columns from 0.</summary>
public sealed class SqliteStatement : IDisposable
{
    private const int StackBytes = 512;

    private readonly SqliteDatabase _database;
    private readonly sqlite3_stmt _handle;
    private readonly string _action;

    internal SqliteStatement(SqliteDatabase database, sqlite3_stmt handle, string action)
    {
        _database = database;
        _handle = handle;
        _action = action;
    }

    public void Bind(int index, long value) => Check(raw.sqlite3_bind_int64(_handle, index, value));

    /// <summary>Binds NULL.</summary>
    public void BindNull(int index) => Check(raw.sqlite3_bind_null(_handle, index));

    public void BindText(int index, ReadOnlySpan<byte> utf8) =>
        // An empty span has no address, which SQLite would take for NULL.
        Check(utf8.IsEmpty ? raw.sqlite3_bind_text(_handle, index, "") : raw.sqlite3_bind_text(_handle, index, utf8));

    public void BindText(int index, string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = null;
        var buffer = most <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(most);
        BindText(index, buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void BindBlob(int index, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, index, 0) : raw.sqlite3_bind_blob(_handle, index, bytes));

    /// <summary>Goes to the next row; false at the end, and the statement is ready for the next use.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code == raw.SQLITE_DONE)
        {
            Reset();
            return false;
        }

        var failure = _database.Failure(_action);
        Reset();
        throw failure;
    }

    /// <summary>Runs a statement that returns no row.</summary>
    public void Run()
    {
        var row = Step();
        Debug.Assert(!row, "A statement that was to return nothing returned a row.");
    }

    /// <summary>Ends a use before its last row.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_handle); // Repeats the error that Step has reported.

    public long GetInt64(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>Tells whether a column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    /// <summary>Gets the bytes of a text or blob; valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> GetBytes(int column) => raw.sqlite3_column_blob(_handle, column);

    public string GetText(int column) => Encoding.UTF8.GetString(GetBytes(column));

    public void Dispose() => _handle.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw _database.Failure(_action);
        }
    }
}
