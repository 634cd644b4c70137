using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Nave.Storage.Postgres;

/// <summary>
/// A state store in a schema of a PostgreSQL database: one connection that writes, with group commit, and a pool that reads, always
/// what was committed last. One process at a time has it open. Any thread may call it.
/// </summary>
public sealed partial class PostgresStateStore : IStateStore
{
    // A page of a scan, as the SQLite engine's.
    private const int PageRows = 256;
    private const long PageBytes = 1024 * 1024;

    private readonly PostgresConnections _connections;
    private readonly PostgresWriter _writer;
    private readonly PostgresReader _reader;
    private readonly OutboxSignal _outbox;
    private readonly ILogger _logger;
    private readonly string _schema;
    private int _disposed;

    private PostgresStateStore(PostgresConnections connections, PostgresWriter writer, PostgresReader reader, OutboxSignal outbox, ILogger logger, string schema) =>
        (_connections, _writer, _reader, _outbox, _logger, _schema) = (connections, writer, reader, outbox, logger, schema);

    /// <summary>Opens a store, and makes it if there is none. After an unclean stop of this process or the server, everything acknowledged is there.</summary>
    /// <param name="options">Where it is and how it works.</param>
    /// <param name="time">The clock, for retries.</param>
    /// <param name="logger">Told of opening and closing, and of a server that is away, full, or another's.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the connection string is none; no message has a part of it.</exception>
    /// <exception cref="InvalidDataException">The schema is not a state store, was written by a newer Nave, or the server does not keep what it commits.</exception>
    /// <exception cref="IOException">Another process has it open, or the server cannot be reached.</exception>
    public static async Task<PostgresStateStore> OpenAsync(PostgresStateOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var problems = PostgresStateOptionsValidator.Validate(options);
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        PostgresConnections connections;
        try
        {
            connections = new PostgresConnections(options);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // Without the library's words, which may quote the connection string.
            throw new ArgumentException("ConnectionString has settings that do not go together.", nameof(options));
        }

        PostgresSession? session = null;
        try
        {
            var schema = new PostgresSchema(options.Schema);
            session = await PostgresSession.OpenAsync(connections, schema, options.LockTimeout, time, cancellationToken).ConfigureAwait(false)
                ?? throw new IOException($"The state store {options.Schema} is open in another process: one at a time can have it.");
            var counters = await session.TakeOverAsync(cancellationToken).ConfigureAwait(false);
            var outbox = new OutboxSignal(counters.Outbox, counters.OutboxRemoved);
            var writer = new PostgresWriter(connections, schema, options, session, counters, outbox, new PostgresSurroundings(time, logger));
            writer.Start();
            var store = new PostgresStateStore(connections, writer, new PostgresReader(connections, schema), outbox, logger, options.Schema);
            (session, connections) = (null, null!);
            Log.Opened(logger, options.Schema);
            return store;
        }
        catch (Exception e) when (PostgresFailure.IsOf(e) && e is not InvalidDataException && e.GetType() != typeof(IOException))
        {
            throw new IOException($"The state store {options.Schema} could not be opened. {PostgresFailure.Describe(e)}", e);
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            if (connections is not null)
            {
                await connections.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public bool Available => _writer.Available;

    /// <inheritdoc/>
    public async ValueTask<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken)
    {
        StateLimits.CheckCollection(collection);
        StateLimits.CheckKey(key);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return await _reader.ReadAsync(collection, key, cancellationToken).ConfigureAwait(false);
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
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return scan.AnyOf is { Count: 0 } ? 0 : await _reader.CountAsync(new StateScanRange(scan), scan.Limit, cancellationToken).ConfigureAwait(false);
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
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return await _reader.ReadOutboxAsync(afterSequence, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveOutboxAsync(long sequence, CancellationToken cancellationToken) =>
        await _writer.WriteAsync(new StateWriteRequest(sequence), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask WaitForOutboxAsync(long afterSequence, CancellationToken cancellationToken) => _outbox.WaitAsync(afterSequence, cancellationToken);

    /// <summary>Writes what is queued, gives the lock back and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
        _outbox.Close();
        await _connections.DisposeAsync().ConfigureAwait(false);
        Log.Closed(_logger, _schema);
    }

    private async IAsyncEnumerable<StateDocument> ScanPagesAsync(StateScan scan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (scan.AnyOf is { Count: 0 })
        {
            yield break;
        }

        var range = new StateScanRange(scan);
        for (var left = scan.Limit; left > 0;)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            var rows = Math.Min(left, PageRows);
            var page = await _reader.ReadPageAsync(range, rows, PageBytes, cancellationToken).ConfigureAwait(false);
            var bytes = 0L;
            foreach (var document in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bytes += document.Body.Length;
                yield return document;
            }

            if (page.Count < rows && bytes < PageBytes)
            {
                break;
            }

            left -= page.Count;
            range.MoveAfter(page[^1].Key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Opened the state store {Schema} in PostgreSQL")]
        public static partial void Opened(ILogger logger, string schema);

        [LoggerMessage(2, LogLevel.Information, "Closed the state store {Schema} in PostgreSQL")]
        public static partial void Closed(ILogger logger, string schema);
    }
}
