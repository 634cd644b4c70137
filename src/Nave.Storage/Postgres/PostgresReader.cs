using System.Data;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Nave.Storage.Postgres;

/// <summary>Reads of a store, each on a connection of the pool. Reads change nothing, so one that breaks is made again.</summary>
internal sealed class PostgresReader(PostgresConnections connections, PostgresSchema schema)
{
    // The first break empties the pool of what broke with it; the second is the server's.
    private const int Attempts = 2;

    public Task<StateDocument?> ReadAsync(string collection, string key, CancellationToken cancellationToken) => RunAsync(
        schema.Read,
        [Text(collection), Text(key)],
        async reader => await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new StateDocument(key, reader.GetInt64(0), await reader.GetFieldValueAsync<byte[]>(1, cancellationToken).ConfigureAwait(false))
            : null,
        cancellationToken);

    public Task<List<OutboxEntry>> ReadOutboxAsync(long afterSequence, int maxCount, CancellationToken cancellationToken) => RunAsync(
        schema.ReadOutbox,
        [Number(afterSequence), Number(maxCount)],
        async reader =>
        {
            var entries = new List<OutboxEntry>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                entries.Add(new OutboxEntry(
                    reader.GetInt64(0), Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(1)), await reader.GetFieldValueAsync<byte[]>(2, cancellationToken).ConfigureAwait(false)));
            }

            return entries;
        },
        cancellationToken);

    /// <summary>Reads one page of a scan: one statement, so it is one moment of the store.</summary>
    public Task<List<StateDocument>> ReadPageAsync(StateScanRange range, int maxRows, long maxBytes, CancellationToken cancellationToken)
    {
        List<NpgsqlParameter> parameters = [Text(range.Collection), Bytes(range.From), Bytes(range.To), Number(maxRows), Number(maxBytes)];
        if (range.Terms.Count > 0)
        {
            parameters.Add(Terms(range));
        }

        return RunAsync(
            range.Terms.Count > 0 ? schema.ScanTerms : schema.Scan,
            parameters,
            async reader =>
            {
                var page = new List<StateDocument>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    page.Add(new StateDocument(
                        Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(0)), reader.GetInt64(1), await reader.GetFieldValueAsync<byte[]>(2, cancellationToken).ConfigureAwait(false)));
                }

                return page;
            },
            cancellationToken);
    }

    public Task<long> CountAsync(StateScanRange range, long limit, CancellationToken cancellationToken) => RunAsync(
        range.Terms.Count > 0 ? schema.CountTerms : schema.Count,
        range.Terms.Count > 0
            ? [Bytes(range.From), Bytes(range.To), Number(limit), Terms(range)]
            : [Text(range.Collection), Bytes(range.From), Bytes(range.To), Number(limit)],
        async reader =>
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false); // An aggregate has one row.
            return reader.GetInt64(0);
        },
        cancellationToken);

    private static NpgsqlParameter<byte[]> Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private static NpgsqlParameter<byte[]> Bytes(byte[] bytes) => new() { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<byte[][]> Terms(StateScanRange range) => new()
    {
        TypedValue = [.. range.Terms.Select(term => PostgresTerm.Hash(range.Collection, term))],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
    };

    private async Task<T> RunAsync<T>(string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        var values = parameters.ToArray();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = await connections.OpenReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var command = new NpgsqlCommand(sql, connection);
                    await using (command.ConfigureAwait(false))
                    {
                        command.Parameters.AddRange(values);
                        try
                        {
                            // Sequential: a body of 16 MiB goes straight into its array.
                            var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
                            await using (reader.ConfigureAwait(false))
                            {
                                return await read(reader).ConfigureAwait(false);
                            }
                        }
                        finally
                        {
                            command.Parameters.Clear();
                        }
                    }
                }
            }
            catch (Exception e) when (PostgresFailure.IsOf(e) && !PostgresFailure.IsRefusal(e) && attempt < Attempts && !cancellationToken.IsCancellationRequested)
            {
                connections.ClearReaders();
            }
            catch (Exception e) when (PostgresFailure.IsOf(e))
            {
                throw new StorageUnavailableException(
                    $"The state store {schema.Name} could not be read. {PostgresFailure.Describe(e)}", PostgresFailure.IsTransient(e), e);
            }
        }
    }
}
