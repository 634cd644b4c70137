using System.Text;

namespace Nave.Storage.Sqlite;

/// <summary>One read connection and its statements. Used by one caller at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _read;
    private readonly SqliteStatement _readOutbox;
    private readonly Dictionary<int, SqliteStatement> _scans = [];
    private readonly Dictionary<int, SqliteStatement> _counts = [];

    public SqliteReader(SqliteDatabase database)
    {
        _database = database;
        _read = database.Prepare("SELECT version, body FROM documents WHERE collection=?1 AND key=?2", "read a document");
        _readOutbox = database.Prepare(
            "SELECT sequence, topic, body FROM outbox WHERE sequence>?1 ORDER BY sequence LIMIT ?2", "read the outbox");
    }

    public StateDocument? Read(string collection, string key)
    {
        _read.BindText(1, collection);
        _read.BindText(2, key);
        if (!_read.Step())
        {
            return null;
        }

        var document = new StateDocument(key, _read.GetInt64(0), _read.GetBytes(1).ToArray());
        _read.Reset();
        return document;
    }

    public List<OutboxEntry> ReadOutbox(long afterSequence, int maxCount)
    {
        var entries = new List<OutboxEntry>();
        _readOutbox.Bind(1, afterSequence);
        _readOutbox.Bind(2, maxCount);
        while (_readOutbox.Step())
        {
            entries.Add(new OutboxEntry(_readOutbox.GetInt64(0), _readOutbox.GetText(1), _readOutbox.GetBytes(2).ToArray()));
        }

        return entries;
    }

    /// <summary>Reads one page of a scan: one statement, so it is one moment of the store.</summary>
    /// <returns>True if there may be more.</returns>
    public bool ReadPage(StateScanRange range, int maxRows, long maxBytes, List<StateDocument> page)
    {
        var statement = GetStatement(_scans, range, SqliteScanQuery.Documents, out var once);
        try
        {
            Bind(statement, range, maxRows);
            var bytes = 0L;
            while (statement.Step())
            {
                var key = statement.GetBytes(0);
                var document = new StateDocument(Encoding.UTF8.GetString(key), statement.GetInt64(1), statement.GetBytes(2).ToArray());
                page.Add(document);
                bytes += document.Body.Length;
                if (bytes >= maxBytes)
                {
                    statement.Reset();
                    return true;
                }
            }

            return page.Count == maxRows;
        }
        finally
        {
            once?.Dispose();
        }
    }

    public long Count(StateScanRange range, long limit, CancellationToken cancellationToken)
    {
        var statement = GetStatement(_counts, range, SqliteScanQuery.Count, out var once);
        using var registration = cancellationToken.UnsafeRegister(static state => ((SqliteDatabase)state!).Interrupt(), _database);
        try
        {
            Bind(statement, range, limit);
            cancellationToken.ThrowIfCancellationRequested();
            var count = statement.Step() ? statement.GetInt64(0) : 0;
            statement.Reset();
            return count;
        }
        catch (SqliteFailure) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            once?.Dispose();
        }
    }

    public void Dispose() => _database.Dispose();

    private static void Bind(SqliteStatement statement, StateScanRange range, long limit)
    {
        statement.BindText(1, range.Collection);
        statement.BindText(2, range.From);
        statement.BindText(3, range.To);
        statement.Bind(4, limit);
        for (var i = 0; i < range.Terms.Count; i++)
        {
            statement.BindText(SqliteScanQuery.FirstTermParameter + (2 * i), range.Terms[i].Name);
            statement.BindText(SqliteScanQuery.FirstTermParameter + (2 * i) + 1, range.Terms[i].Value);
        }
    }

    private SqliteStatement GetStatement(
        Dictionary<int, SqliteStatement> kept, StateScanRange range, Func<int, string> query, out SqliteStatement? once)
    {
        const int MostKept = 8; // Terms; a query of more is rare, and its statement large.
        once = null;
        var terms = range.Terms.Count;
        if (kept.TryGetValue(terms, out var statement))
        {
            return statement;
        }

        if (terms > MostKept)
        {
            return once = _database.PrepareOnce(query(terms), "scan documents");
        }

        return kept[terms] = _database.Prepare(query(terms), "scan documents");
    }
}
