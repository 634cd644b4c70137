using System.Buffers.Binary;
using System.Data;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Nave.Storage.Postgres;

/// <summary>
/// The writer's connection, with the store's lock on it: whoever loses the connection loses the lock, and the server gives the lock to
/// another only once it has ended what this connection was doing. Used by one caller at a time.
/// </summary>
internal sealed class PostgresSession : IAsyncDisposable
{
    // One statement takes at most this much, so that no message comes near the 1 GiB that the server allows.
    private const int MaxChunkRows = 10_000;
    private const long MaxChunkBytes = 64L * 1024 * 1024;

    // SQLSTATE of a warning: after a commit, that it was not made as durable as it was asked to be.
    private const string Warning = "01000";

    private static readonly TimeSpan s_lockPoll = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlConnection _connection;
    private readonly PostgresSchema _schema;
    private string? _warning;

    private PostgresSession(NpgsqlConnection connection, PostgresSchema schema)
    {
        _connection = connection;
        _schema = schema;
        _connection.Notice += (_, e) =>
        {
            if (e.Notice.SqlState == Warning)
            {
                _warning = e.Notice.MessageText;
            }
        };
    }

    /// <summary>Gets a value indicating whether the connection is gone.</summary>
    public bool IsBroken => (_connection.FullState & ConnectionState.Open) == 0;

    /// <summary>Connects and takes the lock.</summary>
    /// <returns><see langword="null"/> if another process has the lock and keeps it.</returns>
    /// <exception cref="InvalidDataException">The server cannot be trusted with a store.</exception>
    public static async Task<PostgresSession?> OpenAsync(
        PostgresConnections connections, PostgresSchema schema, TimeSpan lockTimeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenWriterAsync(cancellationToken).ConfigureAwait(false);
        var session = new PostgresSession(connection, schema);
        try
        {
            if (await session.TakeLockAsync(connections.WriterName, lockTimeout, time, cancellationToken).ConfigureAwait(false))
            {
                return session;
            }
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Makes the tables or sees that they are right, and ends the rights of whoever had the store open before.</summary>
    /// <exception cref="InvalidDataException">The schema is not a store, or a newer one.</exception>
    public async Task<PostgresCounters> TakeOverAsync(CancellationToken cancellationToken)
    {
        await _schema.PrepareAsync(_connection, cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand(_schema.TakeOver, _connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return await ReadCountersAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the counters; also the way to see that the connection lives.</summary>
    public async Task<PostgresCounters> ReadCountersAsync(CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(_schema.ReadCounters, _connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new InvalidDataException($"The state store {_schema.Name} has lost its counters: its table 'store' is empty.");
                }

                var last = reader.GetInt64(2);
                return new PostgresCounters(reader.GetInt64(0), reader.GetInt64(1), last, await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? last : reader.GetInt64(3) - 1);
            }
        }
    }

    /// <summary>Finds what the server has of the documents of a batch. Nothing is written.</summary>
    public async Task FindAsync(PostgresBatch batch)
    {
        var documents = batch.Documents;
        for (var start = 0; start < documents.Count; start += MaxChunkRows)
        {
            var count = Math.Min(MaxChunkRows, documents.Count - start);
            var collections = new byte[count][];
            var keys = new byte[count][];
            for (var i = 0; i < count; i++)
            {
                collections[i] = Encoding.UTF8.GetBytes(documents[start + i].Collection);
                keys[i] = Encoding.UTF8.GetBytes(documents[start + i].Key);
            }

            var command = new NpgsqlCommand(_schema.Find, _connection) { Parameters = { Bytes(collections), Bytes(keys) } };
            await using (command.ConfigureAwait(false))
            {
                var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync().ConfigureAwait(false))
                    {
                        documents[start + (int)reader.GetInt64(0) - 1].Found(reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
                    }
                }
            }
        }
    }

    /// <summary>
    /// Writes a batch in one transaction, durable when this returns. It ends in a refusal of the server (nothing was written), or
    /// otherwise nobody knows.
    /// </summary>
    /// <param name="before">The counters that the batch was worked out over.</param>
    /// <param name="batch">The batch.</param>
    public async Task WriteAsync(PostgresCounters before, PostgresBatch batch)
    {
        // Sent as one, with one Sync at the end: that is what makes it one transaction.
        var commands = _connection.CreateBatch();
        await using (commands.ConfigureAwait(false))
        {
            Add(commands, _schema.SaveCounters, Number(before.Epoch), Number(before.Version), new NpgsqlParameter<int> { TypedValue = _connection.ProcessID }, Number(batch.Version), Number(batch.Outbox));
            AddDocuments(commands, batch);
            AddTerms(commands, batch);
            if (batch.RemoveThrough > 0)
            {
                Add(commands, _schema.RemoveOutbox, Number(batch.RemoveThrough));
            }

            foreach (var chunk in Chunks(batch.Published, entry => entry.Body.Length))
            {
                Add(
                    commands, _schema.AddOutbox, Numbers([.. chunk.Select(e => e.Sequence)]), Bytes([.. chunk.Select(e => Encoding.UTF8.GetBytes(e.Topic))]),
                    Bodies([.. chunk.Select(e => e.Body)]));
            }

            _warning = null;
            await commands.ExecuteNonQueryAsync().ConfigureAwait(false);
            if (_warning is { } warning)
            {
                throw new NpgsqlException($"PostgreSQL committed with a warning: {warning}");
            }
        }
    }

    /// <summary>Sees whether the server has room again, by taking some and giving it back.</summary>
    public async Task TryRoomAsync()
    {
        var command = new NpgsqlCommand(_schema.TryRoom, _connection);
        await using (command.ConfigureAwait(false))
        {
            try
            {
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (PostgresFailure.IsRefusal(e) && !IsBroken)
            {
                command.CommandText = "ROLLBACK";
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Gives the lock back and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!IsBroken)
            {
                // The server sees a closed connection a moment later; who opens the store next need not wait for that.
                var command = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", _connection);
                await using (command.ConfigureAwait(false))
                {
                    await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (PostgresFailure.IsOf(e))
        {
            // Then the connection is gone, and the lock with it.
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private void AddDocuments(NpgsqlBatch commands, PostgresBatch batch)
    {
        var deleted = batch.Documents.Where(d => d is { IsChanged: true, Version: StateTransaction.Absent, StoredVersion: not StateTransaction.Absent });
        foreach (var chunk in Chunks(deleted, _ => 0))
        {
            Add(commands, _schema.Delete, Collections(chunk), Keys(chunk));
        }

        foreach (var chunk in Chunks(batch.Documents.Where(d => d is { IsChanged: true, Version: not StateTransaction.Absent }), d => d.Body.Length + d.Terms.Length))
        {
            Add(
                commands, _schema.Put, Collections(chunk), Keys(chunk), Numbers([.. chunk.Select(d => d.Version)]), Bytes([.. chunk.Select(d => d.Terms)]),
                Bodies([.. chunk.Select(d => d.Body)]));
        }
    }

    private void AddTerms(NpgsqlBatch commands, PostgresBatch batch)
    {
        var removed = new List<(byte[] Term, byte[] Key)>();
        var added = new List<(byte[] Term, byte[] Key)>();
        foreach (var document in batch.Documents)
        {
            if (document.IsChanged && !document.Terms.AsSpan().SequenceEqual(document.StoredTerms))
            {
                Compare(document, removed, added);
            }
        }

        foreach (var chunk in Chunks(removed, _ => 0))
        {
            Add(commands, _schema.RemoveTerms, Bytes([.. chunk.Select(t => t.Term)]), Bytes([.. chunk.Select(t => t.Key)]));
        }

        foreach (var chunk in Chunks(added, _ => 0))
        {
            Add(commands, _schema.AddTerms, Bytes([.. chunk.Select(t => t.Term)]), Bytes([.. chunk.Select(t => t.Key)]));
        }
    }

    /// <summary>Finds what brings the index from one list to another, both in order.</summary>
    private static void Compare(PostgresDocument document, List<(byte[] Term, byte[] Key)> removed, List<(byte[] Term, byte[] Key)> added)
    {
        var key = Encoding.UTF8.GetBytes(document.Key);
        ReadOnlySpan<byte> oldList = document.StoredTerms;
        ReadOnlySpan<byte> newList = document.Terms;
        var hasOld = TermList.TryRead(ref oldList, out var old);
        var hasNew = TermList.TryRead(ref newList, out var wanted);
        while (hasOld || hasNew)
        {
            var order = !hasOld ? 1 : !hasNew ? -1 : old.Item.SequenceCompareTo(wanted.Item);
            if (order < 0)
            {
                removed.Add((PostgresTerm.Hash(document.Collection, old.Item), key));
            }
            else if (order > 0)
            {
                added.Add((PostgresTerm.Hash(document.Collection, wanted.Item), key));
            }

            hasOld = order <= 0 ? TermList.TryRead(ref oldList, out old) : hasOld;
            hasNew = order >= 0 ? TermList.TryRead(ref newList, out wanted) : hasNew;
        }

        if (!oldList.IsEmpty)
        {
            throw new InvalidDataException("The list of a document's terms is damaged.");
        }
    }

    private static IEnumerable<List<T>> Chunks<T>(IEnumerable<T> items, Func<T, long> bytesOf)
    {
        var chunk = new List<T>();
        var bytes = 0L;
        foreach (var item in items)
        {
            chunk.Add(item);
            bytes += bytesOf(item);
            if (chunk.Count >= MaxChunkRows || bytes >= MaxChunkBytes)
            {
                yield return chunk;
                chunk = [];
                bytes = 0;
            }
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }

    private static void Add(NpgsqlBatch commands, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = commands.CreateBatchCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        commands.BatchCommands.Add(command);
    }

    private static NpgsqlParameter<byte[][]> Collections(List<PostgresDocument> documents) => Bytes([.. documents.Select(d => Encoding.UTF8.GetBytes(d.Collection))]);

    private static NpgsqlParameter<byte[][]> Keys(List<PostgresDocument> documents) => Bytes([.. documents.Select(d => Encoding.UTF8.GetBytes(d.Key))]);

    private static NpgsqlParameter<byte[][]> Bytes(byte[][] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private static NpgsqlParameter<ReadOnlyMemory<byte>[]> Bodies(ReadOnlyMemory<byte>[] values) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<long[]> Numbers(long[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private async Task<bool> TakeLockAsync(string ownName, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var take = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", _connection) { Parameters = { Number(LockNumber(_schema.Name)) } };
        await using (take.ConfigureAwait(false))
        {
            while (await take.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
            {
                if (time.GetElapsedTime(started) >= timeout)
                {
                    return false;
                }

                // A connection that this store lost, and of which the server does not know yet that nobody is there any more.
                var end = new NpgsqlCommand(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name=$1 AND pid<>pg_backend_pid()", _connection)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = ownName } },
                };
                await using (end.ConfigureAwait(false))
                {
                    await end.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }

                await Task.Delay(s_lockPoll, time, cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    private static long LockNumber(string schema) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"nave state store {schema}")));
}
