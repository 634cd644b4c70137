using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Nave.Storage.Sqlite;

/// <summary>
/// A state store in one SQLite file: one writer thread with group commit, and a pool of read connections that always see
/// the last commit. Reads run on the caller's thread. Any thread may call it.
/// </summary>
public sealed partial class SqliteStateStore : IStateStore
{
    // Nothing of ours makes a connection wait; a tool that somebody runs on the file may.
    internal static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    // A page of a scan: large enough that its start costs little, small enough to hold for each of many scans.
    private const int PageRows = 256;
    private const long PageBytes = 1024 * 1024;

    private readonly SqliteStoreLock _lock;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaderPool _readers;
    private readonly OutboxSignal _outbox;
    private readonly ILogger _logger;
    private readonly string _path;
    private int _disposed;

    private SqliteStateStore(
        SqliteStoreLock storeLock, SqliteWriter writer, SqliteReaderPool readers, OutboxSignal outbox, ILogger logger, string path)
    {
        _lock = storeLock;
        _writer = writer;
        _readers = readers;
        _outbox = outbox;
        _logger = logger;
        _path = path;
    }

    /// <summary>Opens a store, and makes it if there is none. After an unclean stop, everything acknowledged is there.</summary>
    /// <param name="options">Where it is and how it works.</param>
    /// <param name="logger">Told of opening and closing, and of a disk that is full or fails.</param>
    /// <param name="cancellationToken">Ends the attempt before it begins.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The file is not a state store, is damaged, or was written by a newer Nave.</exception>
    /// <exception cref="IOException">Another process has it open, or it cannot be read or written.</exception>
    public static Task<SqliteStateStore> OpenAsync(SqliteStateOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var problems = SqliteStateOptionsValidator.Validate(options);
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        // Recovery reads the whole WAL: not on the caller's thread.
        return Task.Run(() => Open(options with { Path = Path.GetFullPath(options.Path) }, logger), cancellationToken);
    }

    /// <inheritdoc/>
    public bool Available => _writer.Available;

    /// <inheritdoc/>
    public ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken)
    {
        StateLimits.CheckCollection(collection);
        StateLimits.CheckKey(key);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StateDocument?>(cancellationToken);
        }

        if (!_readers.TryRent(out var reader))
        {
            return ReadSlowAsync(collection, key, cancellationToken);
        }

        try
        {
            return new ValueTask<StateDocument?>(reader.Read(collection, key));
        }
        catch (SqliteFailure e)
        {
            return ValueTask.FromException<StateDocument?>(Unreadable(e));
        }
        finally
        {
            _readers.Return(reader);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StateDocument> ScanAsync(StateScan scan, CancellationToken cancellationToken)
    {
        StateLimits.CheckScan(scan);
        return ScanPagesAsync(scan, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(StateScan scan, CancellationToken cancellationToken)
    {
        StateLimits.CheckScan(scan);
        if (scan.AnyOf is { Count: 0 })
        {
            return 0;
        }

        using var lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return lease.Reader.Count(new StateScanRange(scan), scan.Limit, cancellationToken);
        }
        catch (SqliteFailure e)
        {
            throw Unreadable(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StateOutcome> CommitAsync(StateTransaction transaction, CancellationToken cancellationToken)
    {
        StateLimits.CheckTransaction(transaction);
        return _writer.WriteAsync(new StateWriteRequest(transaction), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        using var lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return lease.Reader.ReadOutbox(afterSequence, maxCount);
        }
        catch (SqliteFailure e)
        {
            throw Unreadable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken) =>
        await _writer.WriteAsync(new StateWriteRequest(sequence), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken) =>
        _outbox.WaitAsync(afterSequence, cancellationToken);

    /// <summary>Writes what is queued, waits for the reads at work, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _writer.StopAsync().ConfigureAwait(false);
        _outbox.Close();
        await _readers.CloseAsync().ConfigureAwait(false); // Before the writer, so that the last connection is the one that checkpoints.
        _writer.Dispose();
        _lock.Dispose();
        Log.Closed(_logger, _path);
    }

    private static SqliteStateStore Open(SqliteStateOptions options, ILogger logger)
    {
        var path = options.Path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var closing = new Stack<IDisposable>();
        try
        {
            var storeLock = SqliteStoreLock.Take(path);
            closing.Push(storeLock);
            SqliteFiles.CreateOrVerify(path);

            var database = SqliteDatabase.Open(path, readOnly: false, options.FileSystem);
            closing.Push(database);
            if (SqliteSchema.IsEmpty(database))
            {
                SetUpWriter(database, options);
                SqliteSchema.Create(database);
            }
            else
            {
                SqliteSchema.Verify(database, path); // First: nothing is changed in a file that is not ours.
                SetUpWriter(database, options);
            }

            var applier = new SqliteApplier(database);
            var first = database.QueryInt64("SELECT min(sequence) FROM outbox", "read the outbox");

            var readers = new List<SqliteReader>();
            for (var i = 0; i < options.Readers; i++)
            {
                var reading = SqliteDatabase.Open(path, readOnly: true, options.FileSystem);
                closing.Push(reading);
                SetUpReader(reading, options.ReaderCacheBytes);
                readers.Add(new SqliteReader(reading));
            }

            var outbox = new OutboxSignal(applier.OutboxSequence, first == 0 ? applier.OutboxSequence : first - 1);
            var store = new SqliteStateStore(
                storeLock, new SqliteWriter(database, options, outbox, applier, logger), new SqliteReaderPool(readers), outbox, logger, path);
            closing.Clear();
            Log.Opened(logger, path, SqliteLibrary.Description);
            return store;
        }
        catch (SqliteFailure e) when (e.IsDamage)
        {
            throw new InvalidDataException($"{path} is damaged, or is not a state store of Nave. {e.Message}", e);
        }
        catch (SqliteFailure e)
        {
            throw new IOException($"The state store {path} could not be opened. {e.Message}", e);
        }
        finally
        {
            while (closing.TryPop(out var part))
            {
                part.Dispose();
            }
        }
    }

    private static void SetUpWriter(SqliteDatabase database, SqliteStateOptions options)
    {
        database.SetBusyTimeout(BusyTimeout);
        database.Execute("PRAGMA journal_mode=WAL", "turn on the write-ahead log");
        if (database.QueryText("PRAGMA journal_mode", "read the journal mode") != "wal")
        {
            throw new IOException($"{options.Path} cannot have a write-ahead log: its file system has no shared memory.");
        }

        // secure_delete: what is deleted is overwritten, whatever the library's default is. Its cost could not be measured.
        database.Execute(
            $"""
            PRAGMA synchronous=FULL;
            PRAGMA wal_autocheckpoint=0;
            PRAGMA journal_size_limit={2 * options.CheckpointBytes};
            PRAGMA cache_size=-{options.WriterCacheBytes / 1024};
            PRAGMA secure_delete=ON;
            PRAGMA temp_store=MEMORY;
            """,
            "set up the writer");
    }

    private static void SetUpReader(SqliteDatabase database, long cacheBytes)
    {
        database.SetBusyTimeout(BusyTimeout);
        database.Execute($"PRAGMA query_only=1; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{cacheBytes / 1024};", "set up a reader");
    }

    private async IAsyncEnumerable<StateDocument> ScanPagesAsync(
        StateScan scan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (scan.AnyOf is { Count: 0 })
        {
            yield break;
        }

        var range = new StateScanRange(scan);
        var page = new List<StateDocument>(Math.Min(scan.Limit, PageRows));
        var left = scan.Limit;
        for (var more = left > 0; more;)
        {
            page.Clear();
            using (var lease = await RentAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    more = lease.Reader.ReadPage(range, Math.Min(left, PageRows), PageBytes, page);
                }
                catch (SqliteFailure e)
                {
                    throw Unreadable(e);
                }
            }

            foreach (var document in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return document;
            }

            left -= page.Count;
            if (more &= left > 0)
            {
                range.MoveAfter(page[^1].Key);
            }
        }
    }

    private async ValueTask<StateDocument?> ReadSlowAsync(string collection, string key, CancellationToken cancellationToken)
    {
        using var lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return lease.Reader.Read(collection, key);
        }
        catch (SqliteFailure e)
        {
            throw Unreadable(e);
        }
    }

    private async ValueTask<SqliteReaderLease> RentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new SqliteReaderLease(_readers, await _readers.RentAsync(cancellationToken).ConfigureAwait(false));
    }

    private StorageUnavailableException Unreadable(SqliteFailure failure) =>
        new($"The state store {_path} could not be read. {failure.Message}", failure.IsTransient, failure);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Opened the state store {Path} with {Library}")]
        public static partial void Opened(ILogger logger, string path, string library);

        [LoggerMessage(2, LogLevel.Information, "Closed the state store {Path}")]
        public static partial void Closed(ILogger logger, string path);
    }
}
