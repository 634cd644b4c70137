using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Storage.Sqlite;
using SQLitePCL;

namespace Nave.Fleet.Replication.Sinks.Sqlite;

/// <summary>
/// Documents in a file of SQLite, their sections as JSON text. A batch is one transaction, synced before it counts. Several processes may share the
/// file: writers take turns.
/// </summary>
public sealed partial class SqliteSink : IReplicaSink
{
    private const int PageSize = 1_000;

    private readonly SqliteSinkOptions _options;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private SqliteDatabase? _database;
    private SqliteStatement? _load;
    private SqliteStatement? _loadModules;
    private SqliteStatement? _insert;
    private SqliteStatement? _insertHistory;
    private SqliteStatement? _insertPoison;

    /// <summary>Initializes a new instance of the <see cref="SqliteSink"/> class.</summary>
    public SqliteSink(SqliteSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options with { Path = Path.GetFullPath(options.Path) };
    }

    /// <inheritdoc/>
    public string Description => $"SQLite {_options.Path}";

    /// <inheritdoc/>
    public bool KeepsNumbersAsDoubles => false;

    private SqliteDatabase Database => _database ?? throw new InvalidOperationException("The sink is not open.");

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            // A file without content is an empty database.
            Directory.CreateDirectory(Path.GetDirectoryName(_options.Path)!); // A full path of a file has one.
            using (new FileStream(_options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
            }

            var database = SqliteDatabase.Open(_options.Path, readOnly: false);
            try
            {
                database.SetBusyTimeout(_options.BusyTimeout);
                database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", "set how it writes");
                database.Execute("BEGIN IMMEDIATE", "begin");
                var version = database.QueryInt64("PRAGMA user_version", "read the version of its tables");
                if (version > SqliteSchema.Version)
                {
                    throw new InvalidOperationException($"{Description} is of version {version}; this program writes version {SqliteSchema.Version}.");
                }

                database.Execute($"{SqliteSchema.Create} PRAGMA user_version = {SqliteSchema.Version}; COMMIT", "make its tables");
                _load = database.Prepare($"SELECT {SqliteSchema.Columns} FROM twins WHERE id = ?1", "load a document");
                _loadModules = database.Prepare(
                    $"SELECT {SqliteSchema.Columns} FROM twins WHERE device_id = ?1 AND module_id IS NOT NULL AND deleted = 0", "load the modules of a device");
                _insert = database.Prepare(SqliteSchema.Insert, "write a document");
                _insertHistory = database.Prepare(SqliteSchema.InsertHistory, "write the history");
                _insertPoison = database.Prepare(SqliteSchema.InsertPoison, "set an event aside");
                _database = database;
            }
            catch
            {
                database.Dispose();
                throw;
            }

            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var documents = new List<StoredDocument>(keys.Count);
            foreach (var key in keys)
            {
                _load!.BindText(1, key.ToString()); // Open, as the database is.
                ReadInto(_load, documents);
            }

            return (IReadOnlyList<StoredDocument>)documents;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadModulesAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var documents = new List<StoredDocument>();
            foreach (var id in deviceIds)
            {
                _loadModules!.BindText(1, id); // As above.
                ReadInto(_loadModules, documents);
            }

            return (IReadOnlyList<StoredDocument>)documents;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<StoredDocument>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = string.Empty;
        while (true)
        {
            var from = last;
            var page = await RunAsync(
                () =>
                {
                    using var read = Database.PrepareOnce(
                        $"SELECT {SqliteSchema.Columns} FROM twins WHERE id > ?1 AND deleted = 0 ORDER BY id LIMIT {PageSize}", "read documents");
                    read.BindText(1, from);
                    var documents = new List<StoredDocument>();
                    ReadInto(read, documents);
                    return documents;
                },
                cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                yield break;
            }

            last = page[^1].Document.Id;
            yield return page;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlRecord>> ReadControlAsync(string prefix, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            using var read = Database.PrepareOnce("SELECT key, value, revision FROM twins_control WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key", "read control records");
            read.BindText(1, prefix);
            var records = new List<ControlRecord>();
            while (read.Step())
            {
                records.Add(new ControlRecord(read.GetText(0), read.GetJson(1), SqliteColumns.Token(read.GetInt64(2))));
            }

            return (IReadOnlyList<ControlRecord>)records;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<(long Live, long Deleted)> CountAsync(CancellationToken cancellationToken) => RunAsync(
        () => (Database.QueryInt64("SELECT count(*) FROM twins WHERE deleted = 0", "count"), Database.QueryInt64("SELECT count(*) FROM twins WHERE deleted = 1", "count")),
        cancellationToken);

    /// <inheritdoc/>
    public Task<(long Count, IReadOnlyList<PoisonEvent> Newest)> ReadPoisonAsync(int limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            using var read = Database.PrepareOnce(
                "SELECT stream, partition, sequence_number, enqueued_time, device_id, module_id, operation, reason, body FROM twins_poison ORDER BY enqueued_time DESC, partition, sequence_number DESC LIMIT ?1",
                "read what was set aside");
            read.Bind(1, limit);
            var events = new List<PoisonEvent>();
            while (read.Step())
            {
                events.Add(new PoisonEvent(
                    read.GetText(0), read.GetText(1), read.GetInt64(2), read.GetTime(3) ?? default, read.GetTextOrNull(4), read.GetTextOrNull(5), read.GetTextOrNull(6),
                    read.GetText(7), read.GetBytes(8).ToArray()));
            }

            return (Database.QueryInt64("SELECT count(*) FROM twins_poison", "count"), (IReadOnlyList<PoisonEvent>)events);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(IdentityId key, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            using var read = Database.PrepareOnce(
                "SELECT generation_id, version, path, old_value, new_value, operation, time FROM twins_history WHERE id = ?1 ORDER BY time, version, path", "read the history");
            read.BindText(1, key.ToString());
            var entries = new List<HistoryEntry>();
            while (read.Step())
            {
                entries.Add(new HistoryEntry(
                    key, read.GetText(0), read.GetInt64(1), read.GetText(2), read.GetJson(3), read.GetJson(4), read.GetText(5), read.GetTime(6) ?? default));
            }

            return (IReadOnlyList<HistoryEntry>)entries;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        _database?.Dispose();
        _database = null;
        _gate.Release();
    }

    private static void ReadInto(SqliteStatement statement, List<StoredDocument> documents)
    {
        while (statement.Step())
        {
            documents.Add(statement.ReadDocument());
        }
    }

    // One at a time: a connection is used by one thread.
    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return work();
        }
        catch (SqliteFailure e)
        {
            if (_database is { InTransaction: true })
            {
                _database.Execute("ROLLBACK", "roll back");
            }

            throw e.IsTransient ? new SinkUnavailableException(e.Message, e)
                : e.Primary == raw.SQLITE_TOOBIG ? new SinkRefusedException(e.Message, e)
                : new InvalidOperationException($"{Description}: {e.Message}", e);
        }
        finally
        {
            _gate.Release();
        }
    }
}
